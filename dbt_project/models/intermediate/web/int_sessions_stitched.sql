{%- set lookback = time_span(var('stitch_lookback_days'), 'day') -%}
with

sessions as (
    select * from {{ ref('int_sessions_summarised') }}
),

session_people as (
    select * from {{ ref('int_session_people') }}
),

-- Of those who logged in or left an address in a session the busiest owns it.
session_owners as (
    select *
    from (
        select
            session_people.*,
            row_number() over (
                partition by session_id
                order by
                    identified_events desc, identified_at asc, {{ by_bytes('person_id') }} asc
            ) as owner_rank,
            min({{ by_bytes('person_id') }}) over whole_session as first_person_id,
            max({{ by_bytes('person_id') }}) over whole_session as last_person_id,
            min({{ by_bytes('customer_id') }}) over whole_session as first_customer_id,
            max({{ by_bytes('customer_id') }}) over whole_session as last_customer_id
        from session_people
        window whole_session as (partition by session_id)
    ) as ranked
    where owner_rank = 1
),

hubs as (
    select source_system, device_key
    from {{ ref('int_devices_shared') }}
    where is_hub
),

identified as (
    select
        sessions.session_id,
        sessions.source_system,
        sessions.device_key,
        sessions.started_at,
        sessions.is_bot,
        session_owners.person_id as own_person_id,
        session_owners.customer_id as own_customer_id,
        -- A program that logs in tells nothing of the people on the device.
        case when not sessions.is_bot then session_owners.first_person_id end as first_person_id,
        case when not sessions.is_bot then session_owners.last_person_id end as last_person_id,
        case when not sessions.is_bot then session_owners.first_customer_id end
            as first_customer_id,
        case when not sessions.is_bot then session_owners.last_customer_id end
            as last_customer_id
    from sessions
    left join session_owners on sessions.session_id = session_owners.session_id
),

-- A device is one person's as long as nobody else logs in within the window on either side of a
-- session: one that was shared once, or passed on, is judged session by session.
watched as (
    select
        identified.*,
        min({{ by_bytes('first_person_id') }}) over around as around_first_person_id,
        max({{ by_bytes('last_person_id') }}) over around as around_last_person_id,
        min({{ by_bytes('first_customer_id') }}) over around as around_first_customer_id,
        max({{ by_bytes('last_customer_id') }}) over around as around_last_customer_id,
        min(case when first_customer_id is not null then started_at end) over (
            partition by source_system, device_key
            order by started_at, {{ by_bytes('session_id') }}
            rows between 1 following and unbounded following
        ) as next_identified_at
    from identified
    window around as (
        partition by source_system, device_key
        order by started_at
        range between {{ lookback }} preceding and {{ lookback }} following
    )
),

stitched as (
    select
        watched.*,
        watched.own_customer_id is null
        and not watched.is_bot
        and hubs.device_key is null
        and coalesce(
            watched.next_identified_at <= {{ add_time(
                'watched.started_at', var('stitch_lookback_days'), 'day'
            ) }}
            and watched.around_first_customer_id = watched.around_last_customer_id,
            false
        ) as is_stitched_back
    from watched
    left join hubs
        on watched.source_system = hubs.source_system and watched.device_key = hubs.device_key
),

owned as (
    select
        stitched.*,
        case when is_stitched_back then around_first_customer_id else own_customer_id end
            as customer_id,
        case
            when not is_stitched_back then own_person_id
            when around_first_person_id = around_last_person_id then around_first_person_id
        end as person_id
    from stitched
)

select
    session_id,
    source_system,
    device_key,
    coalesce(customer_id, 'd' || {{ hash_key(['source_system', 'device_key']) }}) as profile_id,
    person_id,
    customer_id is not null as is_stitched,
    is_stitched_back,
    started_at,
    is_bot
from owned
