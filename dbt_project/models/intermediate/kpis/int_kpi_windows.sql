with periods as (
    select * from {{ ref('int_kpi_periods') }}
),

first_orders as (
    select min(order_date) as first_order_date from {{ ref('fct_orders') }}
    where order_date < {{ as_of_date() }}
),

windows as (
    select window_id, period_kind, period_start as window_start, period_end as window_end
    from periods
    union
    select previous_window_id, period_kind, previous_start, previous_end
    from periods
    union
    select last_year_window_id, period_kind, last_year_start, last_year_end
    from periods
)

select windows.*
from windows
cross join first_orders
where
    windows.window_start >= cast('{{ var("history_start") }}' as date)
    and windows.window_end > coalesce(first_orders.first_order_date, windows.window_start)
