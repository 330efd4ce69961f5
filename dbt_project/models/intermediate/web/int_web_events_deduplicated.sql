with

events as (
    select * from {{ ref('int_web_events_recorded') }}
    where {{ before_as_of('event_at') }}
),

ranked as (
    select
        events.*,
        {{ record_key('source_system', 'record_id') }} as record_key,
        row_number() over (
            partition by source_system, event_id
            order by received_at nulls last, _interval_end, _row_number
        ) as delivery_rank
    from events
)

select
    source_system,
    event_id,
    event_at,
    received_at,
    device_key,
    user_id,
    email,
    record_id,
    record_key,
    event_kind,
    page_path,
    page_view_id,
    vendor_session_id,
    is_ignored,
    device_type,
    is_bot,
    utm_source,
    utm_medium,
    utm_campaign,
    referrer,
    source_product_id,
    source_order_id
from ranked
where delivery_rank = 1
