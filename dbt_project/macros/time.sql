{#-
Time. Timestamps are UTC without a zone; days, weeks and months are those of the business time
zone. Everything that differs by engine is dispatched here.
-#}

{#- The as-of instant, exclusive. -#}
{% macro as_of() -%}
    cast('{{ var("as_of") }}' as timestamp)
{%- endmacro %}

{#- The business day on which the as-of instant lies: days before it are over. -#}
{% macro as_of_date() -%}
    {{ business_date(as_of()) }}
{%- endmacro %}

{#- True for a fact that has happened by the as-of. False for an unknown time. -#}
{% macro before_as_of(event_at) -%}
    coalesce({{ event_at }} < {{ as_of() }}, false)
{%- endmacro %}

{#- A later event has not happened yet: its time is null until the as-of passes it. -#}
{% macro known_by_as_of(event_at) -%}
    case when {{ before_as_of(event_at) }} then {{ event_at }} end
{%- endmacro %}

{#-
True in the span [valid_from, valid_to), where null is open. Two plain comparisons, so that an engine
joins by the keys beside them; with `is null or` it would compare every row with every span.
-#}
{% macro in_span(ts, valid_from, valid_to) -%}
    {{ ts }} >= coalesce({{ valid_from }}, cast('-infinity' as timestamp))
    and {{ ts }} < coalesce({{ valid_to }}, cast('infinity' as timestamp))
{%- endmacro %}

{#- Wall-clock time in the business time zone of a UTC timestamp. -#}
{% macro business_time(ts) -%}
    {{ return(adapter.dispatch('business_time', 'rapport')(ts)) }}
{%- endmacro %}

{% macro default__business_time(ts) -%}
    (({{ ts }} at time zone 'UTC') at time zone '{{ var("business_timezone") }}')
{%- endmacro %}

{#- Read as an instant by its microseconds: a conversion from UTC costs as much as that to the zone. -#}
{% macro duckdb__business_time(ts) -%}
    (make_timestamptz(epoch_us({{ ts }})) at time zone '{{ var("business_timezone") }}')
{%- endmacro %}

{#- Business day of a UTC timestamp. -#}
{% macro business_date(ts) -%}
    cast({{ business_time(ts) }} as date)
{%- endmacro %}

{#- UTC instant at which a business day begins. -#}
{% macro business_day_start(day) -%}
    {{ return(adapter.dispatch('business_day_start', 'rapport')(day)) }}
{%- endmacro %}

{% macro default__business_day_start(day) -%}
    ((cast({{ day }} as timestamp) at time zone '{{ var("business_timezone") }}') at time zone 'UTC')
{%- endmacro %}

{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days', 'rapport')(day, days)) }}
{%- endmacro %}

{% macro default__add_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro add_months(day, months) -%}
    {{ return(adapter.dispatch('add_months', 'rapport')(day, months)) }}
{%- endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + cast({{ months }} as integer) * interval '1 month' as date)
{%- endmacro %}

{#- First day of the period ('week' is ISO, 'month', 'quarter', 'year') that holds a date. -#}
{% macro period_start(period, day) -%}
    cast(date_trunc('{{ period }}', cast({{ day }} as timestamp)) as date)
{%- endmacro %}

{#- Whole days from the earlier to the later date. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'rapport')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast({{ later }} - {{ earlier }} as integer)
{%- endmacro %}

{#- Timestamp plus a whole number of 'minute', 'hour' or 'day' (of 24 hours). -#}
{% macro add_time(ts, amount, unit) -%}
    {{ return(adapter.dispatch('add_time', 'rapport')(ts, amount, unit)) }}
{%- endmacro %}

{% macro default__add_time(ts, amount, unit) -%}
    ({{ ts }} + cast({{ amount }} as integer) * interval '1 {{ unit }}')
{%- endmacro %}

{#- A whole number of 'minute', 'hour' or 'day' (of 24 hours), for frames of windows. -#}
{% macro time_span(amount, unit) -%}
    interval '{{ amount }} {{ unit }}'
{%- endmacro %}

{#- Hours from the earlier to the later timestamp, double. -#}
{% macro hours_between(earlier, later) -%}
    {{ return(adapter.dispatch('hours_between', 'rapport')(earlier, later)) }}
{%- endmacro %}

{% macro default__hours_between(earlier, later) -%}
    (cast(extract(epoch from ({{ later }} - {{ earlier }})) as double precision) / 3600)
{%- endmacro %}

{#- Relation of the dates from first to last, both included, in a column `day`. -#}
{% macro date_series(first_day, last_day) -%}
    {{ return(adapter.dispatch('date_series', 'rapport')(first_day, last_day)) }}
{%- endmacro %}

{% macro default__date_series(first_day, last_day) -%}
    (
        select cast(series.day_at as date) as day
        from generate_series(
            cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval '1 day'
        ) as series (day_at)
    )
{%- endmacro %}
