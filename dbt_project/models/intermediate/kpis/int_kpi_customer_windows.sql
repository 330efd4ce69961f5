with windows as (
    select * from {{ ref('int_kpi_windows') }}
    where {{ kpi_is_long('period_kind') }}
),

customer_days as (
    select * from {{ ref('int_kpi_customer_days') }}
),

summed as (
    select
        windows.window_id,
        customer_days.customer_id,
        sum(customer_days.net_revenue) as net_revenue,
        sum(customer_days.orders) as orders
    from windows
    inner join customer_days
        on
            customer_days.sales_date >= windows.window_start
            and customer_days.sales_date < windows.window_end
    group by windows.window_id, customer_days.customer_id
)

select
    window_id,
    customer_id,
    {{ money('net_revenue') }} as net_revenue,
    cast(orders as bigint) as orders
from summed
