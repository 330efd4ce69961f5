{{
    config(
        materialized='incremental',
        incremental_strategy='replace_units',
        on_schema_change='sync_all_columns',
        meta={'replace_from': 'int_web_units'},
    )
}}

with

units as (
    select web_units.* from {{ ref('int_web_units') }} as web_units
    where {{ is_changed_unit('web_units') }}
),

events as (
    select events.*
    from {{ ref('int_web_events_sessionised') }} as events
    inner join units on events.unit_id = units.unit_id
),

sessions as (
    select
        session_id,
        source_system,
        device_key,
        unit_id,
        content,
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
        max(case when event_number = 1 then event_id end) as first_event_id
    from events
    group by session_id, source_system, device_key, unit_id, content
),

described as (
    select * from {{ ref('int_web_events_deduplicated') }}
)

select
    sessions.session_id,
    sessions.source_system,
    sessions.device_key,
    sessions.started_at,
    sessions.ended_at,
    sessions.events,
    sessions.page_views,
    sessions.product_views,
    sessions.carts,
    sessions.checkouts,
    sessions.searches,
    sessions.forms,
    sessions.purchases,
    sessions.is_bot,
    described.device_type,
    described.utm_source,
    described.utm_medium,
    described.utm_campaign,
    described.page_path as landing_path,
    described.referrer as first_referrer,
    sessions.unit_id,
    sessions.content
from sessions
inner join described
    on
        sessions.source_system = described.source_system
        and sessions.first_event_id = described.event_id
