{%- set by = ['scenario', 'side'] -%}

with windows as (
    select windows.*
    from {{ ref('int_kpi_windows') }} as windows
    inner join {{ ref('int_kpi_periods') }} as periods on windows.window_id = periods.window_id
    where {{ has_identity_sensitivity('windows.period_kind') }}
),

orders as (
    select * from {{ ref('int_scenario_orders') }}
),

order_days as (
    {{ order_days('orders', by) }}
),

first_orders as (
    select * from order_days
    where previous_order_date is null
),

counted as (
    {%- for kpi_id, rows, numerator, denominator in identity_kpis(by) %}
    select
        '{{ kpi_id }}' as kpi_id,
        window_id,
        scenario,
        case when side = 'scenario' then 1 else -1 end * {{ numerator }} as numerator,
        case when side = 'scenario' then 1 else -1 end * {{ denominator }} as denominator
    from (
        {{ rows }}
    ) as {{ kpi_id }}
    where scenario is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    kpi_id,
    window_id,
    scenario,
    sum(numerator) as numerator_delta,
    sum(denominator) as denominator_delta
from counted
group by kpi_id, window_id, scenario
