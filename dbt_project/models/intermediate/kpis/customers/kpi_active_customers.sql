with windows as (
    select * from {{ kpi_windows() }} as windows
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- Of each customer the last order day before the end, if it is recent enough.
active as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        order_days.customer_id,
        case when order_days.customer_id is null then 0 else 1 end as numerator,
        cast(null as integer) as denominator
    from windows
    left join order_days
        on
            order_days.order_date < windows.window_end
            and order_days.order_date >= {{ add_days('windows.window_end', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_end
),

{{ kpi_of_customers('active', is_quotient=false) }}
