{{ config(materialized='view') }}

with first_sales as (
    select product_id, min(revenue_date) as first_sold_on
    from {{ ref('fct_order_lines') }}
    where line_kind = 'sale' and product_id is not null
    group by 1
),

-- What a product cost in its first month on sale: no later fact moves it.
first_prices as (
    select
        lines.product_id,
        {{ ratio('sum(lines.list_amount_reporting)', 'sum(lines.quantity)') }} as first_price
    from {{ ref('fct_order_lines') }} as lines
    inner join first_sales on lines.product_id = first_sales.product_id
    where
        lines.line_kind = 'sale'
        and lines.revenue_date < {{ add_days('first_sales.first_sold_on', 30) }}
    group by 1
)

select
    lines.order_id,
    lines.customer_id,
    lines.line_kind,
    lines.category_name,
    lines.revenue_date,
    lines.net_amount_reporting,
    case when lines.line_kind = 'sale' and first_prices.first_price > 0
            then lines.list_amount_reporting
    end as list_amount_reporting,
    case when lines.line_kind = 'sale' and first_prices.first_price > 0
            then cast(lines.quantity * first_prices.first_price as numeric(38, 9))
    end as first_price_amount
from {{ ref('fct_order_lines') }} as lines
left join first_prices on lines.product_id = first_prices.product_id
where lines.customer_id is not null
