select
    days.customer_id,
    days.order_date,
    days.orders,
    days.previous_order_date,
    days.next_order_date,
    origins.country,
    origins.channel
from {{ ref('int_order_days') }} as days
inner join {{ ref('int_kpi_customer_origins') }} as origins
    on days.customer_id = origins.customer_id
