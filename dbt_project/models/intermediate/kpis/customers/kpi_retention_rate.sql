with windows as (
    select * from {{ kpi_windows() }} as windows
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

active_at_start as (
    select windows.*, order_days.customer_id
    from windows
    inner join order_days
        on
            order_days.order_date < windows.window_start
            and order_days.order_date >= {{ add_days('windows.window_start', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_start
),

kept as (
    select
        active_at_start.window_id,
        active_at_start.window_start,
        active_at_start.period_kind,
        active_at_start.customer_id,
        case when order_days.customer_id is null then 0 else 1 end as numerator,
        1 as denominator
    from active_at_start
    left join order_days
        on
            active_at_start.customer_id = order_days.customer_id
            and order_days.order_date < active_at_start.window_end
            and order_days.order_date
            >= {{ add_days('active_at_start.window_end', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }})
            >= active_at_start.window_end
),

{{ kpi_of_customers('kept') }}
