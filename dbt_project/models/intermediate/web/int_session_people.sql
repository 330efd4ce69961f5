with

events as (
    select * from {{ ref('int_web_events_sessionised') }}
    where record_key is not null
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

sessions as (
    select * from {{ ref('int_sessions_summarised') }}
),

people as (
    select
        events.session_id,
        parties.person_id,
        parties.customer_id,
        count(*) as identified_events,
        min(events.event_at) as identified_at
    from events
    inner join parties on events.record_key = parties.record_key
    group by events.session_id, parties.person_id, parties.customer_id
)

select
    people.session_id,
    sessions.source_system,
    sessions.device_key,
    people.person_id,
    people.customer_id,
    people.identified_events,
    people.identified_at
from people
inner join sessions on people.session_id = sessions.session_id
