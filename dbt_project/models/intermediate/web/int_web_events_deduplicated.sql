{{ config(materialized='view') }}

with

events as (
    select
        recorded.*,
        coalesce(user_id, 'email:' || email) as record_id
    from {{ ref('int_web_events_recorded') }} as recorded
    where {{ before_as_of('event_at') }}
),

repeated as (
    select * from {{ ref('int_web_events_repeated') }}
)

select
    events.source_system,
    events.event_id,
    events.event_at,
    events.received_at,
    events.device_key,
    events.user_id,
    events.email,
    {{ record_key('events.source_system', 'events.record_id') }} as record_key,
    events.event_kind,
    events.page_path,
    events.page_view_id,
    events.vendor_session_id,
    events.is_ignored,
    events.device_type,
    events.is_bot,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.referrer,
    events.event_hash
from events
left join repeated
    on
        events.source_system = repeated.source_system
        and events.event_id = repeated.event_id
        and events._source is not distinct from repeated._source
        and events._interval_end = repeated._interval_end
        and events._row_number = repeated._row_number
where repeated.event_id is null
