with orders as (
    select * from {{ ref('fct_orders') }}
    where customer_id is not null
),

days as (
    select
        customer_id,
        order_date,
        count(*) as orders
    from orders
    group by customer_id, order_date
),

numbered as (
    select
        customer_id,
        order_date,
        orders,
        row_number() over (partition by customer_id order by order_date) as order_day_no,
        min(order_date) over (partition by customer_id) as first_order_date,
        lag(order_date) over (partition by customer_id order by order_date) as previous_order_date,
        lead(order_date) over (partition by customer_id order by order_date) as next_order_date
    from days
)

select * from numbered
