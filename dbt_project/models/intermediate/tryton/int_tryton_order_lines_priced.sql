with

sale_lines as (
    select * from {{ ref('stg_tryton__sale_lines') }}
),

sales as (
    select * from {{ ref('stg_tryton__sales') }}
),

products as (
    select * from {{ ref('stg_tryton__products') }}
),

list_prices as (
    select * from {{ ref('stg_tryton__list_prices') }}
),

companies as (
    select * from {{ ref('stg_tryton__companies') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
),

priced as (
    select
        sale_lines.*,
        case currencies.currency_digits
            when 0 then round({{ product('sale_lines.quantity', 'sale_lines.unit_price') }}, 0)
            when 3 then round({{ product('sale_lines.quantity', 'sale_lines.unit_price') }}, 3)
            else round({{ product('sale_lines.quantity', 'sale_lines.unit_price') }}, 2)
        end as net_amount,
        {{ exact_money(product('sale_lines.quantity', 'list_prices.list_price')) }}
            as known_list_amount
    from sale_lines
    inner join sales on sale_lines.source_order_id = sales.source_order_id
    left join currencies on sales.currency_id = currencies.currency_id
    left join products on sale_lines.source_product_id = products.source_product_id
    left join companies on sales.currency_id = companies.currency_id
    -- A list price is in the company's currency, so it says nothing of a sale in another one.
    left join list_prices
        on
            products.template_id = list_prices.template_id
            and companies.company_id = list_prices.company_id
    where sale_lines.quantity >= 0
)

select
    source_system,
    source_order_id,
    source_line_id,
    source_product_id,
    quantity,
    greatest(coalesce(known_list_amount, net_amount), net_amount) as list_amount,
    greatest(coalesce(known_list_amount, net_amount), net_amount) - net_amount as discount_amount,
    net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    updated_at
from priced
