with order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

-- Sales and returns each on their own day.
line_days as (
    select
        revenue_date as sales_date,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as channel,
        sum(net_amount_reporting) as net_revenue,
        sum(case when line_kind = 'sale' then net_amount_reporting else 0 end) as gross_sales,
        sum(case when line_kind = 'return' then -net_amount_reporting else 0 end) as returned,
        sum(case when line_kind = 'sale' then list_amount_reporting end) as list_value,
        sum(case when line_kind = 'sale' then discount_amount_reporting end) as discount,
        sum(case when cost_amount_reporting is not null then net_amount_reporting end)
            as revenue_with_cost,
        sum(cost_amount_reporting) as cost,
        count(cost_amount_reporting) as lines_with_cost,
        0 as orders
    from order_lines
    group by 1, 2, 3
),

order_days as (
    select
        order_date as sales_date,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as channel,
        count(*) as orders
    from orders
    group by 1, 2, 3
),

days as (
    select * from line_days
    union all
    select sales_date, country, channel, 0, 0, 0, null, null, null, null, 0, orders
    from order_days
)

select
    sales_date,
    country,
    channel,
    {{ money('net_revenue') }} as net_revenue,
    {{ money('gross_sales') }} as gross_sales,
    {{ money('returned') }} as returned,
    {{ money('list_value') }} as list_value,
    {{ money('discount') }} as discount,
    {{ money('revenue_with_cost') }} as revenue_with_cost,
    {{ money('cost') }} as cost,
    lines_with_cost,
    orders,
    {{ money('case when extract(isodow from sales_date) >= 6 then net_revenue else 0 end') }}
        as weekend_revenue
from days
