with windows as (
    select * from {{ ref('int_kpi_windows') }}
    where period_kind = 'quarter'
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

active_at_start as (
    select windows.window_id, windows.window_end, order_days.customer_id
    from windows
    inner join order_days
        on
            order_days.order_date < windows.window_start
            and order_days.order_date >= {{ add_days('windows.window_start', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_start
),

counted as (
    select
        active_at_start.window_id,
        count(order_days.customer_id) as numerator,
        count(*) as denominator
    from active_at_start
    left join order_days
        on
            active_at_start.customer_id = order_days.customer_id
            and order_days.order_date < active_at_start.window_end
            and order_days.order_date
            >= {{ add_days('active_at_start.window_end', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }})
            >= active_at_start.window_end
    group by active_at_start.window_id
)

{{ kpi_share('counted') }}
