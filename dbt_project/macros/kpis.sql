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
        'cohort_value_12_months',
        'cohort_value_3_months',
        'cohort_value_6_months',
        'completeness',
        'contribution',
        'cost_to_serve',
        'cross_sell_rate',
        'csat',
        'customers',
        'customers_for_80',
        'days_to_close',
        'discount_rate',
        'false_churn',
        'gross_margin',
        'gross_margin_rate',
        'historic_lifetime_value',
        'lead_conversion_answered',
        'lead_conversion_late',
        'lead_response_hours',
        'lead_response_rate',
        'lifetime_value',
        'lifetime_value_by_acquisition_cost',
        'match_rate',
        'match_rate_raw',
        'net_revenue',
        'new_customers',
        'nps',
        'on_time_delivery_rate',
        'open_pipeline',
        'orders',
        'overdue_receivables',
        'payback_months',
        'predicted_value_12_months',
        'purchase_frequency',
        'reactivation_rate',
        'referral_rate',
        'repeat_purchase_rate',
        'repurchase_rate',
        'retention_cost',
        'retention_rate',
        'return_rate',
        'revenue_gini',
        'revenue_per_customer',
        'revenue_retention_gross',
        'revenue_retention_net',
        'stitch_rate',
        'strategy_effect',
        'top_customer_share',
        'upsell_rate',
        'weekend_share',
        'win_rate',
    ]) }}
{% endmacro %}

{#- The grains that a KPI can have, the shortest first. -#}
{% macro kpi_period_kinds() %}
    {{ return(['day', 'week', 'month', 'quarter', 'year']) }}
{% endmacro %}

{#-
The windows of a KPI model: those of the grains that stand in its meta. A unit test sees the model
without its meta, and so all windows that it gives.
-#}
{% macro kpi_windows() -%}
    {%- set grains = model.config.get('meta', {}).get('grains', kpi_period_kinds()) -%}
    (
        select * from {{ ref('int_kpi_windows') }}
        where period_kind is null or period_kind in ('{{ grains | join("', '") }}')
    )
{%- endmacro %}

{#- Key of a window of time over which a KPI is computed. -#}
{% macro kpi_window_id(period_kind, first_day, end_day) -%}
    {{ period_kind }} || '|' || cast({{ first_day }} as text) || '|' || cast({{ end_day }} as text)
{%- endmacro %}

{#-
Whether a period is a month or longer. Only then there are segments by stage, which shorter ones
would need for every single day, and what only makes sense over a longer time.
-#}
{% macro kpi_is_long(period_kind) -%}
    {{ period_kind }} in ('month', 'quarter', 'year')
{%- endmacro %}

{#- Whether value tiers are known of a day: of the month ends that segments look back on. -#}
{% macro kpi_has_tiers(day) -%}
    {{ day }} in (select month_end from {{ ref('stg_rapport__value_tier_months') }})
{%- endmacro %}

{#- Condition on segment_kind: everybody, and the kinds of segments in the KPI's meta. -#}
{% macro kpi_has_segment() -%}
    {%- set kinds = model.config.get('meta', {}).get('segments', kpi_segment_kinds()) -%}
    segment_kind in ('all'{% for kind in kinds %}, '{{ kind }}'{% endfor %})
{%- endmacro %}

{#- The kinds of segments that a KPI can have. -#}
{% macro kpi_segment_kinds() %}
    {{ return(['country', 'channel', 'category', 'stage', 'tier']) }}
{% endmacro %}

{#-
The definitions that stand beside the KPI models, by their sort order: id, meta, and of it grains
and segments as text. One without a part of what a KPI needs stops the build. All rest on the ERP;
`rests_on` names the kind of source beside it that a KPI cannot do without.
-#}
{% macro kpi_definitions() %}
    {%- set found = [] -%}
    {%- if execute -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.name.startswith('kpi_') -%}
    {%- for part in [
        'name', 'name_zh', 'formula', 'unit', 'direction', 'owner', 'grains', 'segments',
        'target_scope', 'sort_order', 'explanation', 'explanation_zh',
    ] if part not in node.config.meta -%}
    {{ exceptions.raise_compiler_error('the meta of ' ~ node.name ~ ' has no ' ~ part) }}
    {%- endfor -%}
    {%- do found.append({
        'id': node.name.removeprefix('kpi_'),
        'meta': node.config.meta,
        'grains': node.config.meta['grains'] | join(', '),
        'segments': node.config.meta['segments'] | join(', '),
        'rests_on': node.config.meta.get('rests_on', 'erp'),
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

{#- First day of the period so many after the one that starts on a day. -#}
{% macro add_periods(period_kind, day, number) -%}
    {%- if period_kind == 'day' -%}
    {{ add_days(day, number) }}
    {%- elif period_kind == 'week' -%}
    {{ add_days(day, '(' ~ number ~ ') * 7') }}
    {%- else -%}
    {%- set months = {'month': 1, 'quarter': 3, 'year': 12}[period_kind] -%}
    {{ add_months(day, '(' ~ number ~ ') * ' ~ months) }}
    {%- endif -%}
{%- endmacro %}

{#- So many at a price each; unknown without a price, unless there were none. -#}
{% macro kpi_cost(count, price) -%}
    {%- if price is none -%}
    case when {{ count }} = 0 then 0 end
    {%- else -%}
    {{ count }} * cast({{ price }} as numeric(18, 4))
    {%- endif -%}
{%- endmacro %}
