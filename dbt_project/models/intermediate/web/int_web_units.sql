with

events as (
    select
        source_system,
        vendor_session_id,
        case when vendor_session_id is null then device_key end as device_key,
        received_at,
        event_hash
    from {{ ref('int_web_events_deduplicated') }}
    where not is_ignored
),

units as (
    select
        source_system,
        vendor_session_id,
        device_key,
        min(received_at) as first_received_at,
        {{ content_of_unit(['event_hash']) }} as content
    from events
    group by source_system, vendor_session_id, device_key
)

select
    {{ web_unit('units') }} as unit_id,
    units.*
from units
