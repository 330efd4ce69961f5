with orders as (
    select * from {{ ref('fct_orders') }}
    where customer_id is not null
),

lines as (
    select * from {{ ref('fct_order_lines') }}
    where customer_id is not null
),

order_days as (
    select customer_id, order_date as purchase_date, count(*) as orders
    from orders
    group by customer_id, order_date
),

line_days as (
    select
        customer_id,
        revenue_date as purchase_date,
        category_name,
        sum(case when line_kind = 'sale' then net_amount_reporting else 0 end) as sales,
        sum(net_amount_reporting) as net_amount,
        sum(
            case
                when line_kind = 'sale' and cost_amount_reporting is not null
                    then net_amount_reporting
                else 0
            end
        ) as sales_with_cost,
        sum(coalesce(net_amount_reporting - cost_amount_reporting, 0)) as margin
    from lines
    group by customer_id, revenue_date, category_name
)

select
    customer_id,
    purchase_date,
    line_days.category_name,
    cast(coalesce(order_days.orders, 0) as bigint) as orders,
    {{ money('coalesce(line_days.sales, 0)') }} as sales_reporting,
    {{ money('coalesce(line_days.net_amount, 0)') }} as net_amount_reporting,
    {{ money('coalesce(line_days.sales_with_cost, 0)') }} as sales_with_cost_reporting,
    {{ money('coalesce(line_days.margin, 0)') }} as margin_reporting
from order_days
full outer join line_days using (customer_id, purchase_date)
