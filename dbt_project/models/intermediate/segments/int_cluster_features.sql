with purchases as (
    select * from {{ ref('int_segment_purchases') }}
),

devices as (
    select * from {{ ref('int_device_shares') }}
)

-- Quotients of exact sums: the same doubles on every engine, so that it moves nobody elsewhere.
select
    purchases.customer_id,
    {{ hash_key(['purchases.customer_id']) }} as sample_key,
    purchases.facts_before,
    purchases.months_back,
    purchases.recency_days,
    purchases.order_days,
    {{ ratio('purchases.gross_sales_reporting', 'purchases.order_days') }} as order_value,
    purchases.categories,
    {{ ratio('purchases.discount_reporting', 'purchases.list_value_reporting') }} as discount_rate,
    {{ ratio('purchases.returned_reporting', 'purchases.gross_sales_reporting') }} as return_rate,
    devices.sessions
from purchases
inner join devices
    on
        purchases.customer_id = devices.customer_id
        and purchases.facts_before = devices.facts_before
