with

feed_leads as (
    select
        {{ record_key('source_system', 'source_lead_id') }} as lead_id,
        {{ record_key('source_system', 'source_contact_id') }} as record_key,
        source_system,
        lead_at,
        lead_kind
    from {{ ref('int_leads_unioned') }}
    where {{ before_as_of('lead_at') }}
),

web_forms as (
    select
        {{ record_key('source_system', 'event_id') }} as lead_id,
        record_key,
        source_system,
        event_at as lead_at,
        'form' as lead_kind
    from {{ ref('int_web_events_deduplicated') }}
    where event_kind = 'form' and record_key is not null and not is_bot
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

candidates as (
    select * from feed_leads
    union all
    select * from web_forms
),

ranked as (
    select
        candidates.*,
        parties.customer_id,
        parties.person_id,
        row_number() over (
            partition by parties.person_id
            order by candidates.lead_at, {{ by_bytes('candidates.lead_id') }}
        ) as lead_rank
    from candidates
    inner join parties on candidates.record_key = parties.record_key
),

leads as (
    select * from ranked
    where lead_rank = 1
),

responses as (
    select
        leads.lead_id,
        min(activities.activity_at) as first_response_at
    from leads
    inner join {{ ref('int_activities_identified') }} as activities
        on leads.person_id = activities.person_id
            and leads.lead_at < activities.activity_at
    where activities.is_outbound
    group by leads.lead_id
)

select
    leads.lead_id,
    leads.customer_id,
    leads.person_id,
    leads.source_system,
    leads.lead_kind,
    leads.lead_at,
    responses.first_response_at
from leads
left join responses on leads.lead_id = responses.lead_id
