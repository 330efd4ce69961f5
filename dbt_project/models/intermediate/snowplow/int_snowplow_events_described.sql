{%- set described = ['page_view_id', 'is_ignored'] -%}
with

events as (
    select * from {{ ref('stg_snowplow__events') }}
),

web_pages as (
    select * from {{ ref('stg_snowplow__web_pages') }}
),

joined as (
    select
        {%- for name, type in feed_columns('web_events') if name not in described %}
        events.{{ name }},
        {%- endfor %}
        events.is_in_no_session,
        coalesce(events.page_view_id, web_pages.page_view_id) as page_view_id
    from events
    left join web_pages on events.event_id = web_pages.event_id
)

select
    *,
    is_in_no_session or {{ lacks_page_view_id('event_kind', 'page_view_id') }} as is_ignored
from joined
