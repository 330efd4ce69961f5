select
    customer_id,
    order_date as first_order_date,
    coalesce(country_code, 'unknown') as country,
    coalesce(channel, 'unknown') as channel
from {{ ref('fct_orders') }}
where is_first_order
