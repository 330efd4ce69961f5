{%- set in_web_page = 'web_page/jsonschema/[-0-9]+"' -%}
with

events as (
    select
        *,
        lower(coalesce(event_name, se_action)) as action_name,
        -- Where the page view's id stands depends on the loader; enriched events nest it.
        coalesce(
            {{ first_match('coalesce(web_page_1_0_0, web_page_1)', '"id": ?"([^"]+)"') }},
            {{ first_match('contexts', in_web_page ~ ', ?"data": ?[{]"id": ?"([^"]+)"') }}
        ) as page_view_id,
        coalesce(yauaa_context, derived_contexts) as parsed_agent,
        coalesce(spiders_and_robots, derived_contexts) as known_robot
    from {{ source('snowplow', 'events') }}
),

renamed as (
    select
        _source as source_system,
        event_id,
        derived_tstamp as event_at,
        collector_tstamp as received_at,
        coalesce({{ clean_text('domain_userid') }}, domain_sessionid) as anonymous_id,
        {{ clean_text('user_id') }} as user_id,
        cast(null as text) as email,
        case
            when event in ('page_view', 'pv') then 'page_view'
            when event in ('page_ping', 'pp') then 'page_ping'
            when event in ('transaction', 'tr') then 'purchase'
            when {{ matches('action_name', 'add_to_(cart|basket)') }} then 'add_to_cart'
            when {{ matches('action_name', '^(view_item|product_view)') }} then 'product_view'
            when {{ matches('action_name', 'checkout') }} then 'checkout'
            when {{ matches('action_name', '^(purchase|transaction)') }} then 'purchase'
            when {{ matches('action_name', 'search') }} then 'search'
            when event_name = 'submit_form' then 'form'
            when {{ matches('action_name', '^(log|sign)_?in') }} then 'login'
            else 'other'
        end as event_kind,
        {{ clean_text('page_urlpath') }} as page_path,
        page_view_id,
        {{ clean_text('domain_sessionid') }} as vendor_session_id,
        case
            when {{ matches('parsed_agent', '"deviceClass": ?"(Phone|Mobile|Watch)') }}
                then 'mobile'
            when {{ matches('parsed_agent', '"deviceClass": ?"(Tablet|eReader)') }} then 'tablet'
            when {{ matches('parsed_agent', '"deviceClass": ?"Desktop') }} then 'desktop'
            when {{ matches('lower(useragent)', 'ipad|tablet') }} then 'tablet'
            when dvce_ismobile then 'mobile'
            else {{ agent_device('lower(useragent)') }}
        end as device_type,
        useragent as user_agent,
        {{ matches('known_robot', '"spiderOrRobot": ?true') }}
        or {{ matches('parsed_agent', '"deviceClass": ?"Robot') }}
        or {{ matches('lower(useragent)', var('bot_user_agents')) }} as is_bot,
        domain_sessionid is null
        or coalesce(
            dvce_sent_tstamp
            > {{ add_time('dvce_created_tstamp', var('snowplow_days_late_allowed'), 'day') }},
            false
        ) as is_in_no_session,
        {{ clean_text('lower(mkt_source)') }} as utm_source,
        {{ clean_text('lower(mkt_medium)') }} as utm_medium,
        {{ clean_text('mkt_campaign') }} as utm_campaign,
        {{ clean_text('lower(page_referrer)') }} as referrer,
        {{ clean_text('ti_sku') }} as source_product_id,
        {{ clean_text('coalesce(tr_orderid, ti_orderid)') }} as source_order_id,
        _source,
        _interval_start,
        _interval_end,
        _load_id,
        _row_number
    from events
)

-- What Snowplow's own models leave out of page views, sessions and users.
select
    *,
    is_in_no_session or {{ lacks_page_view_id('event_kind', 'page_view_id') }} as is_ignored
from renamed
