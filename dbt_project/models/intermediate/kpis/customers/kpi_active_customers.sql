with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- Of each customer the last order day before the end, if it is recent enough.
counted as (
    select windows.window_id, count(order_days.customer_id) as active_customers
    from windows
    left join order_days
        on
            order_days.order_date < windows.window_end
            and order_days.order_date >= {{ add_days('windows.window_end', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_end
    group by windows.window_id
)

select
    window_id,
    'all' as segment_kind,
    'all' as segment,
    cast(active_customers as double precision) as value,
    cast(active_customers as double precision) as numerator,
    cast(null as double precision) as denominator,
    active_customers as base_count
from counted
