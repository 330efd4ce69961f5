select
    'shop' as source_system,
    invoice_no as source_order_id,
    line_id as source_line_id,
    product_id as source_product_id,
    quantity,
    amount as list_amount,
    cast(0 as numeric(18, 4)) as discount_amount,
    amount as net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    cast(null as timestamp) as updated_at
from {{ ref('stg_shop__invoice_lines') }}
where line_kind = 'sale'
