{#- The shapes that KPI models have: window_id, segment_kind, segment, value, what it is made of. -#}

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
A KPI by segment, out of a CTE with a row a window and customer: window_id, customer_id, country and
channel of the first order, numerator, denominator, and window_start and period_kind for the stage.
Stage and value tier are those at the start of the window, the tier only where it is known of that
day. `base`: what base_count is, `customers` being the rows.
-#}
{% macro kpi_of_customers(relation, is_quotient=true, base=none) -%}
{%- set base = base or ('denominator' if is_quotient else 'numerator') -%}
{%- set kinds = model.config.get('meta', {}).get('segments', ['country', 'channel', 'stage', 'tier']) -%}
{{ relation }}_by_origin as (
    select
        window_id,
        coalesce(country, 'unknown') as country,
        coalesce(channel, 'unknown') as channel,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(*) as customers
    from {{ relation }}
    group by window_id, coalesce(country, 'unknown'), coalesce(channel, 'unknown')
),

{{ relation }}_grouped as (
    {%- for kind in ['all'] + kinds if kind not in ['stage', 'tier'] %}
    select
        window_id,
        '{{ kind }}' as segment_kind,
        {{ "'all'" if kind == 'all' else kind }} as segment,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(customers) as customers
    from {{ relation }}_by_origin
    group by window_id{{ ', ' ~ kind if kind != 'all' }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- for kind, label, labels, is_of_then, is_known in [
        (
            'stage', 'labels.stage', ref('int_stage_stays'),
            'flags.window_start >= labels.first_boundary and flags.window_start <= labels.last_boundary',
            'true',
        ),
        (
            'tier', 'labels.value_tier', ref('stg_rapport__value_tier_months'),
            'flags.window_start = labels.month_end', kpi_has_tiers('flags.window_start'),
        ),
    ] if kind in kinds %}
    union all
    select
        flags.window_id,
        '{{ kind }}' as segment_kind,
        coalesce({{ label }}, 'unknown') as segment,
        sum(flags.numerator) as numerator,
        sum(flags.denominator) as denominator,
        count(*) as customers
    from {{ relation }} as flags
    left join {{ labels }} as labels on flags.customer_id = labels.customer_id and {{ is_of_then }}
    where {{ kpi_is_long('flags.period_kind') }} and {{ is_known }}
    group by flags.window_id, coalesce({{ label }}, 'unknown')
    {%- endfor %}
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
