with

lines as (
    select
        {{ record_key('source_system', 'source_order_id') }} as order_id,
        {{ record_key('source_system', 'source_product_id') }} as product_id,
        feed.*
    from {{ union_feed('order_lines') }} as feed
),

orders as (
    select * from {{ ref('int_orders_placed') }}
    where is_order
),

costs as (
    select * from {{ ref('int_product_costs_dated') }}
)

select
    lines.order_id || '|' || lines.source_line_id as order_line_id,
    lines.order_id,
    orders.customer_id,
    orders.buyer_key,
    lines.product_id,
    lines.source_line_id,
    orders.ordered_at as revenue_at,
    orders.order_date as revenue_date,
    orders.country_code,
    orders.channel,
    orders.currency,
    lines.quantity,
    lines.list_amount,
    lines.discount_amount,
    lines.net_amount,
    coalesce(lines.cost_amount, {{ exact_money(product('lines.quantity', 'costs.unit_cost')) }})
        as cost_amount,
    case when lines.cost_amount is not null then orders.currency else costs.currency end
        as cost_currency
from lines
inner join orders on lines.order_id = orders.order_id
left join costs
    on lines.product_id = costs.product_id
        and {{ in_span('orders.ordered_at', 'costs.valid_from', 'costs.valid_to') }}
