-- A credit note names no invoice: it lowers the customer's revenue on its own date. Discounts (D)
-- and corrections by hand (M) come as credit notes too.
select
    'shop' as source_system,
    invoice_no || '|' || line_id as source_return_id,
    cast(null as text) as source_order_id,
    cast(null as text) as source_line_id,
    customer_id as source_customer_id,
    product_id as source_product_id,
    invoiced_at as returned_at,
    -quantity as quantity,
    -amount as net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    'GBP' as currency,
    country_code,
    cast(null as timestamp) as updated_at
from {{ ref('stg_shop__invoice_lines') }}
where line_kind = 'credit'
