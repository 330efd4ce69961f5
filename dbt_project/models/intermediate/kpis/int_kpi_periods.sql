{%- set days_running = days_between('period_start', as_of_date()) -%}

{#- The period of last year is so many before; days and weeks meet their own weekday. -#}
{%- set periods_a_year = {'day': 364, 'week': 52, 'month': 12, 'quarter': 4, 'year': 1} -%}

with numbers as (
    {%- for number in range(14) %}
    select {{ number }} as periods_back
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- The running period and the thirteen before it, with the two that each is compared with.
calendar as (
    {%- for kind, year in periods_a_year.items() %}
    {%- set start = add_periods(kind, period_start(kind, as_of_date()), '-periods_back') %}
    select
        '{{ kind }}' as period_kind,
        periods_back = 0 as is_partial,
        {{ start }} as period_start,
        {{ add_periods(kind, start, 1) }} as calendar_end,
        {{ add_periods(kind, start, -1) }} as previous_start,
        {{ add_periods(kind, start, -year) }} as last_year_start,
        {{ add_periods(kind, start, 1 - year) }} as last_year_end
    from numbers
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- A running period ends with the last day that is over, and is compared with as many days.
periods as (
    select
        period_kind,
        is_partial,
        period_start,
        least(calendar_end, {{ as_of_date() }}) as period_end,
        previous_start,
        case
            when is_partial
                then least(
                        period_start,
                        {{ add_days('previous_start', days_running) }}
                    )
            else period_start
        end as previous_end,
        last_year_start,
        case
            when is_partial
                then least(
                        last_year_end,
                        {{ add_days('last_year_start', days_running) }}
                    )
            else last_year_end
        end as last_year_end
    from calendar
    where period_start < {{ as_of_date() }}
),

-- Of a day that is not over nothing is told, not even that it was the first.
first_orders as (
    select min(order_date) as first_order_date from {{ ref('fct_orders') }}
    where order_date < {{ as_of_date() }}
)

-- Before the history begins, and before the first order, there is no period.
select
    {{ kpi_window_id('period_kind', 'period_start', 'period_end') }} as window_id,
    {{ kpi_window_id('period_kind', 'previous_start', 'previous_end') }} as previous_window_id,
    {{ kpi_window_id('period_kind', 'last_year_start', 'last_year_end') }} as last_year_window_id,
    periods.*
from periods
cross join first_orders
where
    period_start >= cast('{{ var("history_start") }}' as date)
    and period_end > coalesce(first_order_date, period_start)
