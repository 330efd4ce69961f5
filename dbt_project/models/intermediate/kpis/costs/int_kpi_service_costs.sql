with windows as (
    select * from {{ ref('int_kpi_windows') }}
    where period_kind <> 'day'
),

orders as (
    select * from {{ ref('int_orders_placed') }}
    where is_order and delivered_at is not null
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

facts as (
    select opened_date as day, 1 as tickets, 0 as returns, 0 as deliveries, 0 as freight_charged
    from {{ ref('fct_tickets') }}
    union all
    select revenue_date, 0, 1, 0, 0
    from {{ ref('fct_order_lines') }}
    where line_kind = 'return'
    union all
    select
        {{ business_date('orders.delivered_at') }},
        0,
        0,
        1,
        coalesce({{ to_reporting('orders.freight_amount', 'orders.currency', 'rates.rate') }}, 0)
    from orders
    left join rates on orders.currency = rates.currency and orders.order_date = rates.rate_date
),

days as (
    select
        day,
        sum(tickets) as tickets,
        sum(returns) as returns,
        sum(deliveries) as deliveries,
        sum(freight_charged) as freight_charged
    from facts
    group by day
),

counted as (
    select
        windows.window_id,
        coalesce(sum(days.tickets), 0) as tickets,
        coalesce(sum(days.returns), 0) as returns,
        coalesce(sum(days.deliveries), 0) as deliveries,
        coalesce(sum(days.freight_charged), 0) as freight_charged
    from windows
    left join days on days.day >= windows.window_start and days.day < windows.window_end
    group by windows.window_id
)

select
    window_id,
    {{ money(
        kpi_cost('tickets', var('ticket_cost')) ~ ' + ' ~ kpi_cost('returns', var('return_cost'))
        ~ ' + ' ~ kpi_cost('deliveries', var('delivery_cost')) ~ ' - freight_charged'
    ) }} as cost_to_serve
from counted
