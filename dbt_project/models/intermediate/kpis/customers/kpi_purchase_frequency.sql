with windows as (
    select * from {{ kpi_windows() }} as windows
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- A customer is counted on the first of his order days in the window.
ordering as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        order_days.customer_id,
        order_days.orders as numerator,
        case
            when order_days.previous_order_date >= windows.window_start then 0
            else 1
        end as denominator
    from windows
    inner join order_days
        on
            order_days.order_date >= windows.window_start
            and order_days.order_date < windows.window_end
),

{{ kpi_of_customers('ordering') }}
