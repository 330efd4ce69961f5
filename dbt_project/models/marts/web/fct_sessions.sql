with

sessions as (
    select * from {{ ref('int_sessions_summarised') }}
),

stitched as (
    select * from {{ ref('int_sessions_stitched') }}
)

select
    sessions.session_id,
    stitched.profile_id as customer_id,
    stitched.person_id,
    sessions.device_key as anonymous_id,
    sessions.source_system,
    sessions.started_at,
    sessions.ended_at,
    {{ business_date('sessions.started_at') }} as session_date,
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
    {{ web_channel('sessions.utm_source', 'sessions.utm_medium', 'sessions.first_referrer') }}
        as channel,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.landing_path,
    sessions.first_referrer
from sessions
inner join stitched on sessions.session_id = stitched.session_id
