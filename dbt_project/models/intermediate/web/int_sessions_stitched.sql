with

sessions as (
    select * from {{ ref('int_sessions_summarised') }}
),

events as (
    select * from {{ ref('int_web_events_sessionised') }}
    where record_key is not null
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

-- Who logged in or left an address in each session; the busiest one owns it.
session_customers as (
    select
        events.session_id,
        events.source_system,
        events.device_key,
        parties.customer_id,
        count(*) as identified_events,
        min(events.event_at) as identified_at
    from events
    inner join parties on events.record_key = parties.record_key
    group by events.session_id, events.source_system, events.device_key, parties.customer_id
),

session_owners as (
    select
        session_id,
        customer_id,
        row_number() over (
            partition by session_id
            order by identified_events desc, identified_at asc, {{ by_bytes('customer_id') }} asc
        ) as owner_rank
    from session_customers
),

device_owners as (
    select source_system, device_key, max(customer_id) as customer_id
    from session_customers
    group by source_system, device_key
    having count(distinct customer_id) = 1
),

identified as (
    select
        sessions.*,
        session_owners.customer_id as own_customer_id,
        min(case when session_owners.customer_id is not null then sessions.started_at end) over (
            partition by sessions.source_system, sessions.device_key
            order by sessions.started_at, {{ by_bytes('sessions.session_id') }}
            rows between 1 following and unbounded following
        ) as next_identified_at
    from sessions
    left join session_owners
        on sessions.session_id = session_owners.session_id and session_owners.owner_rank = 1
),

stitched as (
    select
        identified.*,
        case
            when identified.own_customer_id is not null then identified.own_customer_id
            when identified.is_bot then null
            when identified.next_identified_at <= {{ add_time(
                'identified.started_at', var('stitch_lookback_days'), 'day'
            ) }} then device_owners.customer_id
        end as customer_id
    from identified
    left join device_owners
        on identified.source_system = device_owners.source_system
            and identified.device_key = device_owners.device_key
)

select
    session_id,
    source_system,
    device_key,
    coalesce(customer_id, 'd' || {{ hash_key(['source_system', 'device_key']) }}) as profile_id,
    customer_id is not null as is_stitched,
    customer_id is not null and own_customer_id is null as is_stitched_back,
    started_at,
    is_bot
from stitched
