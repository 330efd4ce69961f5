with

shares as (
    select * from {{ ref('fct_attributed_touches') }}
    where attribution_model = 'first_touch' and is_first_order
),

customers as (
    select * from {{ ref('dim_customers') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
)

select
    shares.customer_id,
    shares.order_id,
    orders.ordered_at,
    shares.order_date,
    shares.channel as attributed_channel,
    shares.campaign as attributed_campaign,
    shares.touch_id,
    shares.touched_at,
    shares.touches,
    customers.acquisition_channel as stated_channel,
    case when shares.touch_id is not null then shares.channel = customers.acquisition_channel end
        as is_stated_so
from shares
inner join orders on shares.order_id = orders.order_id
left join customers on shares.customer_id = customers.customer_id
