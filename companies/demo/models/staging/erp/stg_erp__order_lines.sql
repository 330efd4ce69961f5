with

order_lines as (
    select * from {{ latest_version(source('erp', 'order_lines'), ['order_no', 'line_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    order_no as source_order_id,
    line_no as source_line_id,
    product_id as source_product_id,
    {{ money('quantity') }} as quantity,
    {{ exact_money(product('quantity', 'list_price')) }} as list_amount,
    {{ exact_money(product('quantity', 'list_price') ~ ' - net_amount') }} as discount_amount,
    {{ money('net_amount') }} as net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    updated_at
from order_lines
