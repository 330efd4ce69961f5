with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- A customer is counted on the first of his order days in the window.
counted as (
    select
        windows.window_id,
        sum(order_days.orders) as numerator,
        sum(
            case
                when order_days.previous_order_date >= windows.window_start then 0
                else 1
            end
        ) as denominator
    from windows
    inner join order_days
        on
            order_days.order_date >= windows.window_start
            and order_days.order_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
