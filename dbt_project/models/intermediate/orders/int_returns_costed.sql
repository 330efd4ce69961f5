with

returns as (
    select
        {{ record_key('source_system', 'source_order_id') }} as referred_order_id,
        {{ record_key('source_system', 'source_product_id') }} as product_id,
        {{ record_key('source_system', 'source_customer_id') }} as record_key,
        unioned.*
    from {{ ref('int_returns_unioned') }} as unioned
    where {{ before_as_of('returned_at') }}
),

orders as (
    select * from {{ ref('int_orders_placed') }}
),

lines as (
    select * from {{ ref('int_order_lines_costed') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

costs as (
    select * from {{ ref('int_product_costs_dated') }}
),

matched as (
    select
        returns.*,
        orders.order_id,
        orders.ordered_at,
        coalesce(parties.customer_id, orders.customer_id) as customer_id,
        coalesce(parties.record_key, orders.buyer_key, returns.record_key) as buyer_key,
        coalesce(returns.country_code, orders.country_code) as return_country_code,
        orders.channel,
        coalesce(returns.product_id, lines.product_id) as returned_product_id,
        case
            when returns.cost_amount is not null then returns.cost_amount
            when returns.quantity = lines.quantity then lines.cost_amount
            -- Part of a line takes its part of the cost.
            else {{ money(product(
                'lines.cost_amount', ratio('returns.quantity', 'lines.quantity')
            )) }}
        end as known_cost_amount,
        case when returns.cost_amount is not null then returns.currency else lines.cost_currency end
            as known_cost_currency
    from returns
    left join orders on returns.referred_order_id = orders.order_id
    left join lines
        on returns.referred_order_id = lines.order_id
            and returns.source_line_id = lines.source_line_id
    left join parties on returns.record_key = parties.record_key
    -- The money of a cancelled order or a quote never counted, so neither does its return.
    where coalesce(orders.is_order, true)
)

select
    matched.source_system || '|return|' || matched.source_return_id as order_line_id,
    matched.order_id,
    matched.customer_id,
    matched.buyer_key,
    matched.returned_product_id as product_id,
    matched.returned_at as revenue_at,
    {{ business_date('matched.returned_at') }} as revenue_date,
    coalesce(matched.ordered_at, matched.returned_at) as sold_at,
    matched.return_country_code as country_code,
    matched.channel,
    matched.currency,
    matched.quantity,
    matched.net_amount,
    coalesce(
        matched.known_cost_amount, {{ exact_money(product('matched.quantity', 'costs.unit_cost')) }}
    ) as cost_amount,
    case
        when matched.known_cost_amount is not null then matched.known_cost_currency
        else costs.currency
    end as cost_currency
from matched
left join costs
    on matched.returned_product_id = costs.product_id
        and {{ in_span(
            'coalesce(matched.ordered_at, matched.returned_at)', 'costs.valid_from', 'costs.valid_to'
        ) }}
