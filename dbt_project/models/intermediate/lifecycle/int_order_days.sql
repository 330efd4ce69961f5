with orders as (
    select * from {{ ref('fct_orders') }}
    where customer_id is not null
),

order_days as (
    {{ order_days('orders') }}
),

origins as (
    select * from {{ ref('int_kpi_customer_origins') }}
)

select
    order_days.*,
    origins.country,
    origins.channel
from order_days
left join origins on order_days.customer_id = origins.customer_id
