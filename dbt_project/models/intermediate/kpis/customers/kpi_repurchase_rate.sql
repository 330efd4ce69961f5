with windows as (
    select * from {{ kpi_windows() }} as windows
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- Of each customer the last order day before the window; the next one tells of the return.
buyers as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        order_days.customer_id,
        case when order_days.next_order_date < windows.window_end then 1 else 0 end as numerator,
        1 as denominator
    from windows
    inner join order_days
        on
            order_days.order_date < windows.window_start
            and order_days.order_date >= {{ add_days('windows.window_start', -365) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_start
),

{{ kpi_of_customers('buyers') }}
