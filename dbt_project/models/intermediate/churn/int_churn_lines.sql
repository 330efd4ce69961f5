with lines as (
    select
        lines.*,
        min(case when line_kind = 'sale' then revenue_date end) over (partition by product_id)
            as first_sold_on
    from {{ ref('fct_order_lines') }} as lines
),

-- What a product cost in its first month on sale: no later fact moves it.
first_prices as (
    select
        product_id,
        {{ ratio('sum(list_amount_reporting)', 'sum(quantity)') }} as first_price
    from lines
    where
        line_kind = 'sale'
        and product_id is not null
        and revenue_date < {{ add_days('first_sold_on', 30) }}
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
            then lines.quantity * first_prices.first_price
    end as first_price_amount
from lines
left join first_prices on lines.product_id = first_prices.product_id
where lines.customer_id is not null
