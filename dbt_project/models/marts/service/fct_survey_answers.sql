with

answers as (
    select * from {{ union_feed('survey_answers') }} as feed
    where {{ before_as_of('answered_at') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
)

select
    {{ record_key('answers.source_system', 'answers.source_answer_id') }} as answer_id,
    parties.customer_id,
    parties.person_id,
    answers.source_system,
    answers.answered_at,
    {{ business_date('answers.answered_at') }} as answer_date,
    answers.survey_kind,
    answers.score,
    answers.comment
from answers
left join parties
    on {{ record_key('answers.source_system', 'answers.source_contact_id') }} = parties.record_key
