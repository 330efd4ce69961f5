with

orders as (
    select * from {{ ref('fct_orders') }}
)

-- A time of midnight is that of a system that keeps no time: the touches of the day count.
select
    order_id,
    customer_id,
    order_date,
    is_first_order,
    net_amount_reporting,
    case
        when ordered_at = {{ business_day_start('order_date') }}
            or ordered_at = cast(cast(ordered_at as date) as timestamp)
            then {{ add_time(business_day_start(add_days('order_date', 1)), -1, 'second') }}
        else ordered_at
    end as converted_at
from orders
