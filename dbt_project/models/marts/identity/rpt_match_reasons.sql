with reasons as (
    {%- for reason, is_matched, explanation in match_reasons() %}
    select
        '{{ reason }}' as reason,
        {{ is_matched }} as is_matched,
        '{{ explanation }}' as explanation,
        {{ loop.index }} as sort_order
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

buyers as (
    select
        buyers.buyer_key,
        buyers.orders,
        matched.reason
    from {{ ref('int_buyers_matched') }} as buyers
    inner join {{ ref('int_match_reasons') }} as matched on buyers.buyer_key = matched.buyer_key
),

revenue as (
    select buyer_key, sum(net_amount_reporting) as net_revenue
    from {{ ref('int_order_lines_converted') }}
    group by buyer_key
),

anonymous as (
    select count(*) as orders
    from {{ ref('int_orders_placed') }}
    where is_order and buyer_key is null
),

-- A credit note may name somebody who never ordered: nobody's, as is what names nobody.
counted as (
    select reason, count(*) as customers, sum(orders) as orders
    from buyers
    group by reason
    union all
    select 'no_customer_number' as reason, 0 as customers, orders
    from anonymous
),

earned as (
    select coalesce(buyers.reason, 'no_customer_number') as reason, sum(net_revenue) as net_revenue
    from revenue
    left join buyers on revenue.buyer_key = buyers.buyer_key
    group by coalesce(buyers.reason, 'no_customer_number')
),

joined as (
    select
        reasons.reason,
        reasons.is_matched,
        reasons.explanation,
        reasons.sort_order,
        cast(coalesce(counted.customers, 0) as bigint) as customers,
        cast(coalesce(counted.orders, 0) as bigint) as orders,
        {{ money('coalesce(earned.net_revenue, 0)') }} as net_revenue_reporting
    from reasons
    left join counted on reasons.reason = counted.reason
    left join earned on reasons.reason = earned.reason
)

select
    cast(reason as text) as reason,
    is_matched,
    cast(explanation as text) as explanation,
    sort_order,
    customers,
    orders,
    net_revenue_reporting,
    100 * {{ ratio('customers', 'sum(customers) over ()') }} as customers_pct,
    100 * {{ ratio('net_revenue_reporting', 'sum(net_revenue_reporting) over ()') }}
        as net_revenue_pct
from joined
