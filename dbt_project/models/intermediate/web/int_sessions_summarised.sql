with

events as (
    select * from {{ ref('int_web_events_sessionised') }}
)

select
    session_id,
    source_system,
    device_key,
    min(started_at) as started_at,
    max(event_at) as ended_at,
    count(*) as events,
    count(*) filter (where is_page_view) as page_views,
    count(*) filter (where event_kind = 'product_view') as product_views,
    count(*) filter (where event_kind = 'add_to_cart') as carts,
    count(*) filter (where event_kind = 'checkout') as checkouts,
    count(*) filter (where event_kind = 'search') as searches,
    count(*) filter (where event_kind = 'form') as forms,
    count(*) filter (where event_kind = 'purchase') as purchases,
    bool_or(is_bot) as is_bot,
    max(case when event_number = 1 then device_type end) as device_type,
    max(case when event_number = 1 then utm_source end) as utm_source,
    max(case when event_number = 1 then utm_medium end) as utm_medium,
    max(case when event_number = 1 then utm_campaign end) as utm_campaign,
    max(case when event_number = 1 then page_path end) as landing_path,
    max(case when event_number = 1 then referrer end) as first_referrer
from events
group by session_id, source_system, device_key
