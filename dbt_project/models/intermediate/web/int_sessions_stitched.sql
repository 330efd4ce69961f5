{{ config(materialized='view') }}

{%- set lookback = time_span(var('stitch_lookback_days'), 'day') -%}
with

sessions as (
    select
        session_id,
        source_system,
        device_key,
        started_at,
        is_bot
    from {{ ref('int_sessions_summarised') }}
),

session_people as (
    select * from {{ ref('int_session_people') }}
),

devices_shared as (
    select * from {{ ref('int_devices_shared') }}
),

-- Of those who logged in or left an address in a session the busiest owns it.
session_owners as (
    select session_id, person_id, customer_id
    from (
        select
            session_people.*,
            row_number() over (
                partition by session_id
                order by
                    identified_events desc, identified_at asc, {{ by_bytes('person_id') }} asc
            ) as owner_rank
        from session_people
    ) as ranked
    where owner_rank = 1
),

-- A program that logs in tells nothing of the people on the device. What follows is read backwards:
-- PostgreSQL adds up a frame anew whose beginning moves, each session with all after it.
identified as (
    select
        sessions.*,
        session_owners.person_id,
        session_owners.customer_id,
        min(
            case
                when session_owners.customer_id is not null and not sessions.is_bot
                    then sessions.started_at
            end
        ) over (
            partition by sessions.source_system, sessions.device_key
            order by sessions.started_at desc, {{ by_bytes('sessions.session_id') }} desc
            rows between unbounded preceding and 1 preceding
        ) as next_identified_at
    from sessions
    left join session_owners on sessions.session_id = session_owners.session_id
),

device_owners as (
    select
        session_people.source_system,
        session_people.device_key,
        min({{ by_bytes('session_people.person_id') }}) as person_id,
        min({{ by_bytes('session_people.customer_id') }}) as customer_id
    from session_people
    left join devices_shared
        on
            session_people.source_system = devices_shared.source_system
            and session_people.device_key = devices_shared.device_key
    where devices_shared.device_key is null
    group by session_people.source_system, session_people.device_key
),

on_shared_devices as (
    select
        sessions.*,
        case when not sessions.is_bot then session_people.person_id end as person_id,
        case when not sessions.is_bot then session_people.customer_id end as customer_id
    from sessions
    inner join devices_shared
        on
            sessions.source_system = devices_shared.source_system
            and sessions.device_key = devices_shared.device_key
    left join session_people on sessions.session_id = session_people.session_id
    where not devices_shared.is_hub
),

-- A device of several is one person's as long as nobody else logs in within the window on either
-- side of a session: one that was shared once, or passed on, is judged session by session.
watched as (
    select
        on_shared_devices.*,
        min({{ by_bytes('person_id') }}) over around as first_person_id,
        max({{ by_bytes('person_id') }}) over around as last_person_id,
        min({{ by_bytes('customer_id') }}) over around as first_customer_id,
        max({{ by_bytes('customer_id') }}) over around as last_customer_id
    from on_shared_devices
    window around as (
        partition by source_system, device_key
        order by started_at
        range between {{ lookback }} preceding and {{ lookback }} following
    )
),

near_owners as (
    select
        session_id,
        case when first_person_id = last_person_id then first_person_id end as person_id,
        first_customer_id as customer_id
    from watched
    where not is_bot and person_id is null and first_customer_id = last_customer_id
),

owned as (
    select
        identified.*,
        coalesce(near_owners.person_id, device_owners.person_id) as device_person_id,
        coalesce(near_owners.customer_id, device_owners.customer_id) as device_customer_id
    from identified
    left join device_owners
        on
            identified.source_system = device_owners.source_system
            and identified.device_key = device_owners.device_key
    left join near_owners on identified.session_id = near_owners.session_id
),

stitched as (
    select
        owned.*,
        customer_id is null
        and not is_bot
        and device_customer_id is not null
        and coalesce(
            next_identified_at
            <= {{ add_time('started_at', var('stitch_lookback_days'), 'day') }},
            false
        ) as is_stitched_back
    from owned
)

select
    session_id,
    case
        when is_stitched_back then device_customer_id
        else coalesce(customer_id, 'd' || {{ hash_key(['source_system', 'device_key']) }})
    end as profile_id,
    case when is_stitched_back then device_person_id else person_id end as person_id,
    customer_id is not null or is_stitched_back as is_stitched,
    is_stitched_back
from stitched
