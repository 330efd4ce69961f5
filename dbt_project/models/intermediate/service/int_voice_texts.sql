-- depends_on: {{ ref('voice_words') }}, which src/rapport/voice reads together with this
with tickets as (
    select
        'ticket' as source_kind,
        source_system,
        source_ticket_id as source_id,
        {{ record_key('source_system', 'source_contact_id') }} as record_key,
        opened_at as said_at,
        coalesce({{ clean_text('subject') }} || ' ', '') || coalesce(content, '') as said,
        cast(null as integer) as opinion
    from {{ union_feed('tickets') }} as feed
    where {{ before_as_of('opened_at') }}
),

-- What a score says of the comment beside it: of NPS, promoters and detractors.
answers as (
    select
        'survey' as source_kind,
        source_system,
        source_answer_id as source_id,
        {{ record_key('source_system', 'source_contact_id') }} as record_key,
        answered_at as said_at,
        comment as said,
        case
            when survey_kind = 'csat' and score >= 4 or survey_kind = 'nps' and score >= 9 then 1
            when survey_kind = 'csat' and score <= 2 or survey_kind = 'nps' and score <= 6 then -1
            when score is not null then 0
        end as opinion
    from {{ union_feed('survey_answers') }} as feed
    where {{ before_as_of('answered_at') }}
),

mentions as (
    select
        'mention' as source_kind,
        source_system,
        source_touchpoint_id as source_id,
        record_key,
        touched_at as said_at,
        content as said,
        cast(null as integer) as opinion
    from {{ ref('int_touchpoints_unioned') }}
),

-- Longer texts are mails quoted below one another: what the customer says stands above them.
texts as (
    select
        *,
        {{ clean_text('left(said, 2000)') }} as text
    from (
        select * from tickets
        union all
        select * from answers
        union all
        select * from mentions
    ) as everything
),

parties as (
    select * from {{ ref('int_parties_identified') }}
)

select
    texts.source_kind || '|' || {{ record_key('texts.source_system', 'texts.source_id') }}
        as voice_id,
    texts.source_kind,
    parties.customer_id,
    parties.person_id,
    texts.source_system,
    texts.said_at,
    {{ business_date('texts.said_at') }} as said_date,
    texts.opinion,
    {{ hash_key(['texts.text']) }} as text_key,
    texts.text
from texts
left join parties on texts.record_key = parties.record_key
where texts.text is not null
