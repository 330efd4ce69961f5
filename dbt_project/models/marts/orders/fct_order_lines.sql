with

lines as (
    select * from {{ ref('int_order_lines_converted') }}
),

categories as (
    select * from {{ ref('int_product_categories_dated') }}
)

select
    lines.order_line_id,
    lines.line_kind,
    lines.order_id,
    lines.customer_id,
    lines.product_id,
    coalesce(categories.category_name, 'Uncategorised') as category_name,
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
left join categories
    on lines.product_id = categories.product_id
        and {{ in_span('lines.sold_at', 'categories.valid_from', 'categories.valid_to') }}
