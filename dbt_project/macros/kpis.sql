{#-
The KPIs. Each is a model kpi_<id> in models/intermediate/kpis with its name, formula and wording as
meta beside it (which also says its place in lists). A new KPI is that model and one line here.
-#}
{% macro kpi_ids() %}
    {{ return([
        'acquisition_cost',
        'active_customers',
        'average_order_value',
        'churn_entry_rate',
        'completeness',
        'csat',
        'customers',
        'discount_rate',
        'false_churn',
        'gross_margin',
        'gross_margin_rate',
        'historic_lifetime_value',
        'lead_response_rate',
        'match_rate',
        'match_rate_raw',
        'net_revenue',
        'new_customers',
        'nps',
        'on_time_delivery_rate',
        'orders',
        'purchase_frequency',
        'reactivation_rate',
        'repeat_purchase_rate',
        'repurchase_rate',
        'retention_rate',
        'return_rate',
        'revenue_per_customer',
        'stitch_rate',
        'weekend_share',
    ]) }}
{% endmacro %}

{#- Key of a window of time over which a KPI is computed. -#}
{% macro kpi_window_id(period_kind, first_day, end_day) -%}
    {{ period_kind }} || '|' || cast({{ first_day }} as text) || '|' || cast({{ end_day }} as text)
{%- endmacro %}

{#- A KPI over everybody, out of a CTE with window_id, numerator, denominator: their quotient. -#}
{% macro kpi_share(relation, base='denominator', scale=1) -%}
select
    window_id,
    'all' as segment_kind,
    'all' as segment,
    {{ scale ~ ' * ' if scale != 1 }}{{ ratio('numerator', 'denominator') }} as value,
    cast(numerator as double precision) as numerator,
    cast(denominator as double precision) as denominator,
    cast({{ base }} as bigint) as base_count
from {{ relation }}
{%- endmacro %}

{#- The definitions that stand beside the KPI models: [{id, meta}], by their sort order. -#}
{% macro kpi_definitions() %}
    {%- set found = [] -%}
    {%- if execute -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.name.startswith('kpi_') -%}
    {%- do found.append({
        'id': node.name.removeprefix('kpi_'),
        'meta': node.config.meta,
        'sort_order': node.config.meta['sort_order'],
    }) -%}
    {%- endfor -%}
    {%- endif -%}
    {{ return(found | sort(attribute='sort_order')) }}
{% endmacro %}

{#- How a value stands against its target: reached, within kpi_watch_pct of it, or short of it. -#}
{% macro kpi_status(value, target, direction) -%}
    case
        when {{ value }} is null or {{ target }} is null then 'none'
        when {{ direction }} = 'up' and {{ value }} >= {{ target }} then 'good'
        when {{ direction }} = 'down' and {{ value }} <= {{ target }} then 'good'
        when
            abs({{ value }} - {{ target }})
            <= abs({{ target }}) * {{ var('kpi_watch_pct') }} / 100.0
            then 'watch'
        else 'bad'
    end
{%- endmacro %}

{#- First day of the week, month or quarter so many after the one that starts on a day. -#}
{% macro add_periods(period_kind, day, number) -%}
    {%- if period_kind == 'week' -%}
    {{ add_days(day, '(' ~ number ~ ') * 7') }}
    {%- elif period_kind == 'month' -%}
    {{ add_months(day, number) }}
    {%- else -%}
    {{ add_months(day, '(' ~ number ~ ') * 3') }}
    {%- endif -%}
{%- endmacro %}
