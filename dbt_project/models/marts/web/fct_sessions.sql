with

sessions as (
    select * from {{ ref('int_sessions_summarised') }}
),

stitched as (
    select * from {{ ref('int_sessions_stitched') }}
),

origins as (
    select * from {{ ref('int_channel_origins') }}
)

select
    sessions.session_id,
    stitched.profile_id as customer_id,
    stitched.person_id,
    sessions.device_key as anonymous_id,
    sessions.source_system,
    sessions.started_at,
    sessions.ended_at,
    sessions.session_date,
    sessions.events,
    sessions.page_views,
    sessions.product_views,
    sessions.carts,
    sessions.checkouts,
    sessions.searches,
    sessions.forms,
    sessions.purchases,
    sessions.device_type,
    sessions.is_bot,
    stitched.is_stitched,
    stitched.is_stitched_back,
    coalesce(origins.channel, 'direct') as channel,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.landing_path,
    sessions.first_referrer
from sessions
inner join stitched on sessions.session_id = stitched.session_id
left join origins on sessions.origin_key = origins.origin_key
