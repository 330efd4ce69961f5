with

events as (
    select * from {{ ref('int_web_events_deduplicated') }}
),

-- A tracker that cuts sessions itself is believed; other events are cut at pauses alone.
visits as (
    select
        events.*,
        lag(event_at) over (
            partition by source_system, device_key, vendor_session_id
            order by event_at, {{ by_bytes('event_id') }}
        ) as previous_event_at
    from events
),

starts as (
    select
        visits.*,
        case
            when previous_event_at is null then 1
            when vendor_session_id is not null then 0
            when event_at
                > {{ add_time('previous_event_at', var('session_timeout_minutes'), 'minute') }}
                then 1
            else 0
        end as is_start
    from visits
),

numbered as (
    select
        starts.*,
        sum(is_start) over (
            partition by source_system, device_key, vendor_session_id
            order by event_at, {{ by_bytes('event_id') }}
            rows between unbounded preceding and current row
        ) as session_number
    from starts
),

positioned as (
    select
        numbered.*,
        row_number() over (
            partition by source_system, device_key, vendor_session_id, session_number
            order by event_at, {{ by_bytes('event_id') }}
        ) as event_number,
        min(event_at) over (
            partition by source_system, device_key, vendor_session_id, session_number
        ) as started_at
    from numbered
)

select
    {{ hash_key(['source_system', 'device_key', 'vendor_session_id', 'started_at']) }}
        as session_id,
    source_system,
    event_id,
    event_at,
    event_number,
    device_key,
    record_key,
    event_kind,
    page_path,
    device_type,
    is_bot,
    utm_source,
    utm_medium,
    utm_campaign,
    referrer,
    started_at
from positioned
