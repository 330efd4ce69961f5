with orders as (
    select * from {{ ref('fct_orders') }}
    where customer_id is not null
)

{{ order_days('orders') }}
