with

events as (
    select * from {{ ref('int_web_events_sessionised') }}
    where record_key is not null
),

parties as (
    select * from {{ ref('int_parties_identified') }}
)

select
    events.session_id,
    events.source_system,
    events.device_key,
    parties.person_id,
    parties.customer_id,
    count(*) as identified_events,
    min(events.event_at) as identified_at
from events
inner join parties on events.record_key = parties.record_key
group by
    events.session_id,
    events.source_system,
    events.device_key,
    parties.person_id,
    parties.customer_id
