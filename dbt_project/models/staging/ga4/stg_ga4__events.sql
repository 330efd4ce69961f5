with

events as (
    select
        *,
        coalesce(manual_source, event_source) as campaign_source,
        coalesce(manual_medium, event_medium) as campaign_medium
    from {{ source('ga4', 'events') }}
),

renamed as (
    select
        _source as source_system,
        {{ hash_key([
            'user_pseudo_id', 'event_timestamp', 'event_name', 'event_bundle_sequence_id',
            'event_params',
        ]) }} as event_id,
        {{ from_microseconds('event_timestamp') }} as event_at,
        cast(null as timestamp) as received_at,
        {{ clean_text('user_pseudo_id') }} as anonymous_id,
        {{ clean_text('user_id') }} as user_id,
        cast(null as text) as email,
        case
            when event_name = 'page_view' then 'page_view'
            when event_name = 'view_item' then 'product_view'
            when event_name = 'add_to_cart' then 'add_to_cart'
            when event_name = 'begin_checkout' then 'checkout'
            when event_name = 'purchase' then 'purchase'
            when event_name in ('search', 'view_search_results') then 'search'
            when event_name in ('generate_lead', 'form_submit') then 'form'
            when event_name in ('login', 'sign_up') then 'login'
            else 'other'
        end as event_kind,
        {{ page_path('page_location') }} as page_path,
        cast(null as text) as page_view_id,
        user_pseudo_id || '.' || ga_session_id as vendor_session_id,
        case
            when device_category in ('desktop', 'mobile', 'tablet') then device_category
            else 'other'
        end as device_type,
        cast(null as text) as user_agent,
        false as is_bot,
        user_pseudo_id is null or ga_session_id is null as is_ignored,
        {{ clean_text('lower(campaign_source)') }} as utm_source,
        {{ clean_text('lower(campaign_medium)') }} as utm_medium,
        {{ clean_text('coalesce(manual_campaign, event_campaign)') }} as utm_campaign,
        {{ clean_text('lower(page_referrer)') }} as referrer,
        {{ clean_text('item_id') }} as source_product_id,
        case when event_name = 'purchase' then {{ clean_text('transaction_id') }} end
            as source_order_id,
        _source,
        _interval_start,
        _interval_end,
        _load_id,
        _row_number
    from events
)

select * from renamed
