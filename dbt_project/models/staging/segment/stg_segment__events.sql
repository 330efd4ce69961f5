with

events as (
    select * from {{ source('segment', 'events') }}
),

renamed as (
    select
        _source as source_system,
        message_id as event_id,
        event_at,
        received_at,
        {{ clean_text('anonymous_id') }} as anonymous_id,
        {{ clean_text('user_id') }} as user_id,
        {{ clean_text('lower(email)') }} as email,
        case
            when type = 'page' then 'page_view'
            when type = 'identify' then 'login'
            when event = 'Product Viewed' then 'product_view'
            when event = 'Product Added' then 'add_to_cart'
            when event = 'Checkout Started' then 'checkout'
            when event = 'Products Searched' then 'search'
            when event = 'Form Submitted' then 'form'
            when event = 'Signed In' then 'login'
            when event = 'Order Completed' then 'purchase'
            else 'other'
        end as event_kind,
        {{ clean_text('page_path') }} as page_path,
        cast(null as text) as page_view_id,
        cast(null as text) as vendor_session_id,
        case
            when lower(device_type) in ('desktop', 'mobile', 'tablet') then lower(device_type)
            when lower(device_type) in ('phone', 'ios', 'android') then 'mobile'
            else {{ agent_device('lower(user_agent)') }}
        end as device_type,
        user_agent,
        {{ matches('lower(user_agent)', var('bot_user_agents')) }} as is_bot,
        false as is_ignored,
        {{ clean_text('lower(utm_source)') }} as utm_source,
        {{ clean_text('lower(utm_medium)') }} as utm_medium,
        {{ clean_text('utm_campaign') }} as utm_campaign,
        {{ clean_text('lower(referrer)') }} as referrer,
        {{ clean_text('product_id') }} as source_product_id,
        {{ clean_text('order_id') }} as source_order_id,
        _source,
        _interval_start,
        _interval_end,
        _load_id,
        _row_number
    from events
)

select * from renamed
