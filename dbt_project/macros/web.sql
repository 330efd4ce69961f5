{#- Pieces that the staging of several trackers needs. -#}

{#- Path of an address or of a request's target; `/` where an address has none. -#}
{% macro page_path(address) -%}
    coalesce(
        {{ first_match(address, '^(?:[a-zA-Z]+://[^/?#]*)?(/[^?#]*)') }},
        case when {{ matches(address, '^[a-zA-Z]+://') }} then '/' end
    )
{%- endmacro %}

{#- Device by the words of a user agent in lower case. -#}
{% macro agent_device(agent) -%}
    case
        when {{ matches(agent, 'ipad|tablet') }} then 'tablet'
        when {{ matches(agent, 'mobile|iphone|android') }} then 'mobile'
        when {{ matches(agent, 'windows|macintosh|linux|cros') }} then 'desktop'
        else 'other'
    end
{%- endmacro %}

{#- Timestamp of microseconds since 1970, UTC. -#}
{% macro from_microseconds(microseconds) -%}
    {{ return(adapter.dispatch('from_microseconds', 'rapport')(microseconds)) }}
{%- endmacro %}

{% macro default__from_microseconds(microseconds) -%}
    make_timestamp({{ microseconds }})
{%- endmacro %}

{% macro postgres__from_microseconds(microseconds) -%}
    (timestamp '1970-01-01' + {{ microseconds }} * interval '1 microsecond')
{%- endmacro %}

{#- Literal of the company's own text in the hash of visitors; without it an address could be found again. -#}
{% macro access_log_key() -%}
    {%- if execute and not var('access_log_key') -%}
        {{ exceptions.raise_compiler_error(
            'set vars.access_log_key in company.yml to a long random text: the visitors of an '
            ~ 'access log are hashed with it') }}
    {%- endif -%}
    '{{ var("access_log_key") | replace("'", "''") }}'
{%- endmacro %}

{#- What a web event is cut into sessions with: its tracker's session, else the device. -#}
{% macro web_unit(event) -%}
    {{ event }}.source_system || '|' || coalesce(
        'session|' || {{ event }}.vendor_session_id, 'device|' || {{ event }}.device_key
    )
{%- endmacro %}
