{#- A page view or ping that no page view id names, where the tracker sends them. -#}
{% macro lacks_page_view_id(event_kind, page_view_id) -%}
    ({{ var('snowplow_page_view_ids') }}
    and {{ event_kind }} in ('page_view', 'page_ping') and {{ page_view_id }} is null)
{%- endmacro %}
