with

events as (
    select
        *,
        lower(coalesce(event_name, se_action)) as action_name
    from {{ source('snowplow', 'events') }}
),

renamed as (
    select
        '{{ var("snowplow_source") }}' as source_system,
        event_id,
        derived_tstamp as event_at,
        collector_tstamp as received_at,
        coalesce({{ clean_text('domain_userid') }}, domain_sessionid) as anonymous_id,
        {{ clean_text('user_id') }} as user_id,
        cast(null as text) as email,
        case
            when event in ('page_view', 'pv') then 'page_view'
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
        {{ clean_text('domain_sessionid') }} as vendor_session_id,
        case
            when {{ matches('yauaa_context', '"deviceClass": ?"(Phone|Mobile|Watch)') }}
                then 'mobile'
            when {{ matches('yauaa_context', '"deviceClass": ?"(Tablet|eReader)') }} then 'tablet'
            when {{ matches('yauaa_context', '"deviceClass": ?"Desktop') }} then 'desktop'
            when {{ matches('lower(useragent)', 'ipad|tablet') }} then 'tablet'
            when dvce_ismobile then 'mobile'
            when {{ matches('lower(useragent)', 'mobile|iphone|android') }} then 'mobile'
            when {{ matches('lower(useragent)', 'windows|macintosh|linux|cros') }} then 'desktop'
            else 'other'
        end as device_type,
        useragent as user_agent,
        {{ matches('spiders_and_robots', '"spiderOrRobot": ?true') }}
        or {{ matches('yauaa_context', '"deviceClass": ?"Robot') }}
        or {{ matches('lower(useragent)', var('bot_user_agents')) }} as is_bot,
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

select * from renamed
