with

requests as (
    select
        *,
        lower(user_agent) as agent,
        {{ page_path('target') }} as path
    from {{ source('access_log', 'requests') }}
),

judged as (
    select
        requests.*,
        -- A redirect is followed by the page it leads to; 304 is a page seen again.
        coalesce(method = 'GET' and (status between 200 and 299 or status = 304), false)
        and not {{ matches('lower(path)', var('access_log_assets')) }} as is_page,
        user_agent is null
        or coalesce(method = 'HEAD', true)
        or {{ matches('agent', var('bot_user_agents')) }}
        or {{ matches('lower(path)', var('access_log_bot_paths')) }} as is_bot
    from requests
)

select
    _source as source_system,
    {{ hash_key(['_interval_start', '_row_number', 'requested_at', 'remote_host', 'target']) }}
        as event_id,
    requested_at as event_at,
    requested_at as received_at,
    {{ hash_key([
        access_log_key(), business_date('requested_at'), 'remote_host', 'user_agent',
    ]) }} as anonymous_id,
    cast(null as text) as user_id,
    cast(null as text) as email,
    case when is_page then 'page_view' else 'other' end as event_kind,
    path as page_path,
    cast(null as text) as page_view_id,
    cast(null as text) as vendor_session_id,
    {{ agent_device('agent') }} as device_type,
    user_agent,
    is_bot,
    not is_page and not is_bot as is_ignored,
    lower({{ first_match('target', '[?&]utm_source=([^&#]+)') }}) as utm_source,
    lower({{ first_match('target', '[?&]utm_medium=([^&#]+)') }}) as utm_medium,
    {{ first_match('target', '[?&]utm_campaign=([^&#]+)') }} as utm_campaign,
    {{ clean_text('lower(referrer)') }} as referrer,
    cast(null as text) as source_product_id,
    cast(null as text) as source_order_id,
    _source,
    _interval_start,
    _interval_end,
    _load_id,
    _row_number
from judged
