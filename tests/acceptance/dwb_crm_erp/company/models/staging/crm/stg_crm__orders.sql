with

sales as (

    select
        *,
        row_number() over (
            partition by source_order_id
            order by {{ by_bytes('source_product_id') }}
        ) as line_number
    from {{ ref('stg_crm__sales') }}

)

-- The export has lines only; customer and mended dates are the same on every line of an order.
-- It says when an order was shipped, not when it came.
select
    'crm' as source_system,
    source_order_id,
    source_customer_id,
    {{ business_day_start('order_date') }} as ordered_at,
    'completed' as status,
    false as is_quote,
    cast(null as timestamp) as cancelled_at,
    {{ business_day_start('due_date') }} as promised_at,
    cast(null as timestamp) as delivered_at,
    '{{ var("reporting_currency") }}' as currency,
    cast(null as text) as channel,
    cast(null as text) as store_id,
    cast(null as text) as country_code,
    cast(null as numeric(18, 4)) as freight_amount,
    cast(null as timestamp) as updated_at
from sales
where line_number = 1
