with

events as (
    select * from {{ ref('int_web_events_deduplicated') }}
    where not is_ignored
)

select
    {{ web_unit('events') }} as unit_id,
    {{ content_of_unit([
        'event_id', 'event_at', 'received_at', 'device_key', 'user_id', 'record_key', 'event_kind',
        'page_path', 'page_view_id', 'device_type', 'is_bot', 'utm_source', 'utm_medium',
        'utm_campaign', 'referrer',
    ]) }} as content
from events
group by {{ web_unit('events') }}
