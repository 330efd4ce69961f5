{{ config(materialized='view') }}

with

lines as (
    select
        order_line_id,
        'sale' as line_kind,
        order_id,
        customer_id,
        buyer_key,
        product_id,
        revenue_at,
        revenue_date,
        revenue_at as sold_at,
        country_code,
        channel,
        currency,
        quantity,
        list_amount,
        discount_amount,
        net_amount,
        cost_amount,
        cost_currency
    from {{ ref('int_order_lines_costed') }}
    union all
    select
        order_line_id,
        'return' as line_kind,
        order_id,
        customer_id,
        buyer_key,
        product_id,
        revenue_at,
        revenue_date,
        sold_at,
        country_code,
        channel,
        currency,
        -quantity as quantity,
        {{ money(0) }} as list_amount,
        {{ money(0) }} as discount_amount,
        -net_amount as net_amount,
        -cost_amount as cost_amount,
        cost_currency
    from {{ ref('int_returns_costed') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
)

select
    lines.*,
    {{ to_reporting('lines.list_amount', 'lines.currency', 'rates.rate') }}
        as list_amount_reporting,
    {{ to_reporting('lines.discount_amount', 'lines.currency', 'rates.rate') }}
        as discount_amount_reporting,
    {{ to_reporting('lines.net_amount', 'lines.currency', 'rates.rate') }} as net_amount_reporting,
    {{ to_reporting('lines.cost_amount', 'lines.cost_currency', 'cost_rates.rate') }}
        as cost_amount_reporting
from lines
left join rates on lines.currency = rates.currency and lines.revenue_date = rates.rate_date
left join rates as cost_rates
    on lines.cost_currency = cost_rates.currency and lines.revenue_date = cost_rates.rate_date
