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

{#- A KPI that is no quotient, out of a relation with window_id, segment_kind and segment. -#}
{% macro kpi_sum(relation, numerator, base) -%}
select
    window_id,
    segment_kind,
    segment,
    cast({{ numerator }} as double precision) as value,
    cast({{ numerator }} as double precision) as numerator,
    cast(null as double precision) as denominator,
    cast({{ base }} as bigint) as base_count
from {{ relation }}
where {{ kpi_has_segment() }}
{%- endmacro %}

{#-
A KPI that is a quotient, out of a relation with window_id, segment_kind and segment. What is not
above zero is nothing to take a share of: net revenue can be less when more came back than was sold.
-#}
{% macro kpi_quotient(relation, numerator, denominator, base=none, scale=1) -%}
{%- set positive = 'case when ' ~ denominator ~ ' > 0 then ' ~ denominator ~ ' end' -%}
select
    window_id,
    segment_kind,
    segment,
    {{ scale ~ ' * ' if scale != 1 }}{{ ratio(numerator, positive) }} as value,
    cast({{ numerator }} as double precision) as numerator,
    cast({{ denominator }} as double precision) as denominator,
    cast({{ base or denominator }} as bigint) as base_count
from {{ relation }}
where {{ kpi_has_segment() }}
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

{#- A KPI over everybody that is a median, out of a CTE with window_id, middle and cases. -#}
{% macro kpi_median(relation) -%}
select
    window_id,
    'all' as segment_kind,
    'all' as segment,
    cast(middle as double precision) as value,
    cast(null as double precision) as numerator,
    cast(null as double precision) as denominator,
    cast(cases as bigint) as base_count
from {{ relation }}
{%- endmacro %}

{#-
A KPI by segment, out of a CTE with a row a window and customer: window_id, customer_id, numerator,
denominator, and window_start and period_kind for the stage. Country and channel are those of the
first order, stage and value tier are those at the start of the window, the tier only where it is
known of that day. `base`: what base_count is, `customers`
being the rows.
-#}
{% macro kpi_of_customers(relation, is_quotient=true, base=none) -%}
{%- set base = base or ('denominator' if is_quotient else 'numerator') -%}
{%- set kinds = model.config.get('meta', {}).get('segments', ['country', 'channel', 'stage', 'tier']) -%}
{{ relation }}_described as (
    select
        flags.window_id,
        origins.country,
        origins.channel,
        flags.numerator,
        flags.denominator
    from {{ relation }} as flags
    left join {{ ref('int_kpi_customer_origins') }} as origins
        on flags.customer_id = origins.customer_id
),

{{ relation }}_grouped as (
    {%- for kind in ['all'] + kinds if kind not in ['stage', 'tier'] %}
    {%- set segment = "'all'" if kind == 'all' else "coalesce(" ~ kind ~ ", 'unknown')" %}
    select
        window_id,
        '{{ kind }}' as segment_kind,
        {{ segment }} as segment,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(*) as customers
    from {{ relation }}_described
    group by window_id{{ ', ' ~ segment if kind != 'all' }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if 'stage' in kinds %}
    union all
    select
        flags.window_id,
        'stage' as segment_kind,
        coalesce(stays.stage, 'unknown') as segment,
        sum(flags.numerator) as numerator,
        sum(flags.denominator) as denominator,
        count(*) as customers
    from {{ relation }} as flags
    left join {{ ref('int_stage_stays') }} as stays
        on
            flags.customer_id = stays.customer_id
            and flags.window_start >= stays.first_boundary
            and flags.window_start <= stays.last_boundary
    where {{ kpi_is_long('flags.period_kind') }}
    group by flags.window_id, coalesce(stays.stage, 'unknown')
    {%- endif %}
    {%- if 'tier' in kinds %}
    union all
    select
        flags.window_id,
        'tier' as segment_kind,
        coalesce(tiers.value_tier, 'unknown') as segment,
        sum(flags.numerator) as numerator,
        sum(flags.denominator) as denominator,
        count(*) as customers
    from {{ relation }} as flags
    left join {{ ref('stg_rapport__value_tier_months') }} as tiers
        on flags.customer_id = tiers.customer_id and flags.window_start = tiers.month_end
    where
        {{ kpi_is_long('flags.period_kind') }}
        and {{ kpi_has_tiers('flags.window_start') }}
    group by flags.window_id, coalesce(tiers.value_tier, 'unknown')
    {%- endif %}
)

select
    window_id,
    segment_kind,
    segment,
    {%- if is_quotient %}
    {{ ratio('numerator', 'denominator') }} as value,
    {%- else %}
    cast(numerator as double precision) as value,
    {%- endif %}
    cast(numerator as double precision) as numerator,
    cast({{ 'denominator' if is_quotient else 'null' }} as double precision) as denominator,
    cast({{ base }} as bigint) as base_count
from {{ relation }}_grouped
where
    segment_kind = 'all'
    or coalesce(numerator, 0) <> 0
    or coalesce(denominator, 0) <> 0
{%- endmacro %}

{#-
The definitions that stand beside the KPI models, by their sort order: id, meta, and of it grains
and segments as text. One without a part of what a KPI needs stops the build.
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
