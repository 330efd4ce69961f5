{{
    config(
        materialized='incremental',
        incremental_strategy='replace_interval',
        on_schema_change='sync_all_columns',
        meta={'replace_from': 'int_web_events_unioned'},
    )
}}

with

events as (
    select * from {{ ref('int_web_events_unioned') }}
    where {{ in_replaced_interval(ref('int_web_events_unioned')) }}
)

select
    source_system,
    event_id,
    event_at,
    received_at,
    coalesce(anonymous_id, 'user:' || user_id, 'event:' || event_id) as device_key,
    user_id,
    email,
    event_kind,
    page_path,
    page_view_id,
    vendor_session_id,
    coalesce(is_ignored, false) as is_ignored,
    device_type,
    coalesce(is_bot, false) as is_bot,
    utm_source,
    utm_medium,
    utm_campaign,
    referrer,
    {{ row_hash([
        'event_id', 'event_at', 'received_at', 'anonymous_id', 'user_id', 'email', 'event_kind',
        'page_path', 'page_view_id', 'vendor_session_id', 'device_type', 'is_bot', 'utm_source',
        'utm_medium', 'utm_campaign', 'referrer',
    ]) }} as event_hash,
    _source,
    _interval_start,
    _interval_end,
    _row_number,
    {{ load_key() }} as _load_key
from events
