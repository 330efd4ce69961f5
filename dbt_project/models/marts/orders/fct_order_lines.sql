with

lines as (
    select * from {{ ref('int_order_lines_converted') }}
),

products as (
    select * from {{ ref('dim_products') }}
)

select
    lines.order_line_id,
    lines.line_kind,
    lines.order_id,
    lines.customer_id,
    lines.product_id,
    coalesce(products.category_name, 'Uncategorised') as category_name,
    lines.revenue_at,
    lines.revenue_date,
    {{ money('lines.quantity') }} as quantity,
    lines.currency,
    lines.list_amount_reporting,
    lines.discount_amount_reporting,
    {{ money('lines.net_amount') }} as net_amount,
    lines.net_amount_reporting,
    lines.cost_amount_reporting,
    lines.country_code,
    lines.channel
from lines
left join products on lines.product_id = products.product_id
