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

firsts as (
    select
        events.session_id,
        events.event_id,
        events.started_at,
        units.unit_id,
        units.source_system,
        units.content
    from {{ ref('int_web_events_sessionised') }} as events
    inner join units on events.unit_id = units.unit_id
    where events.event_number = 1
),

counted as (
    select
        session_id,
        max(event_at) as ended_at,
        count(*) as events,
        count(*) filter (where is_page_view) as page_views,
        count(*) filter (where event_kind = 'product_view') as product_views,
        count(*) filter (where event_kind = 'add_to_cart') as carts,
        count(*) filter (where event_kind = 'checkout') as checkouts,
        count(*) filter (where event_kind = 'search') as searches,
        count(*) filter (where event_kind = 'form') as forms,
        count(*) filter (where event_kind = 'purchase') as purchases,
        bool_or(is_bot) as is_bot
    from {{ ref('int_web_events_sessionised') }}
    where session_id in (select firsts.session_id from firsts)
    group by session_id
),

described as (
    select * from {{ ref('int_web_events_deduplicated') }}
)

select
    firsts.session_id,
    firsts.source_system,
    described.device_key,
    firsts.started_at,
    {{ business_date('firsts.started_at') }} as session_date,
    counted.ended_at,
    counted.events,
    counted.page_views,
    counted.product_views,
    counted.carts,
    counted.checkouts,
    counted.searches,
    counted.forms,
    counted.purchases,
    counted.is_bot,
    described.device_type,
    described.utm_source,
    described.utm_medium,
    described.utm_campaign,
    described.page_path as landing_path,
    described.referrer as first_referrer,
    {{ channel_origin(
        'described.utm_medium',
        'described.utm_source',
        'lower(described.utm_campaign)',
        address_host('described.referrer')
    ) }} as origin_key,
    firsts.unit_id,
    firsts.content
from firsts
inner join counted on firsts.session_id = counted.session_id
inner join described
    on
        firsts.source_system = described.source_system
        and firsts.event_id = described.event_id
