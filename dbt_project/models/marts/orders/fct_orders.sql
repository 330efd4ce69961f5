with

orders as (
    select * from {{ ref('int_orders_placed') }}
    where is_order
),

lines as (
    select * from {{ ref('fct_order_lines') }}
),

totals as (
    select
        order_id,
        count(*) filter (where line_kind = 'sale') as lines,
        sum(case when line_kind = 'sale' then quantity else 0 end) as quantity,
        sum(case when line_kind = 'return' then -quantity else 0 end) as returned_quantity,
        sum(case when line_kind = 'sale' then net_amount else 0 end) as net_amount,
        sum(list_amount_reporting) as list_amount_reporting,
        sum(discount_amount_reporting) as discount_amount_reporting,
        sum(case when line_kind = 'sale' then net_amount_reporting else 0 end)
            as net_amount_reporting,
        sum(case when line_kind = 'return' then -net_amount_reporting else 0 end)
            as returned_amount_reporting,
        sum(case when line_kind = 'sale' then cost_amount_reporting end) as cost_amount_reporting,
        count(*) filter (where line_kind = 'sale' and cost_amount_reporting is null)
            as lines_without_cost
    from lines
    where order_id is not null
    group by order_id
),

ranked as (
    select
        order_id,
        row_number() over (
            partition by customer_id order by ordered_at, {{ by_bytes('order_id') }}
        ) as order_number
    from {{ ref('int_orders_placed') }}
    where is_order and customer_id is not null
),

first_orders as (
    select order_id from ranked
    where order_number = 1
)

select
    orders.order_id,
    orders.customer_id,
    orders.source_system,
    orders.source_order_id,
    orders.ordered_at,
    orders.order_date,
    orders.channel,
    orders.store_id,
    orders.country_code,
    orders.currency,
    {{ money('coalesce(totals.list_amount_reporting, 0)') }} as list_amount_reporting,
    {{ money('coalesce(totals.discount_amount_reporting, 0)') }} as discount_amount_reporting,
    {{ money('coalesce(totals.net_amount, 0)') }} as net_amount,
    {{ money('coalesce(totals.net_amount_reporting, 0)') }} as net_amount_reporting,
    {{ money('case when totals.lines_without_cost = 0 then totals.cost_amount_reporting end') }}
        as cost_amount_reporting,
    {{ money('case
        when totals.lines_without_cost = 0
            then totals.net_amount_reporting - totals.cost_amount_reporting
    end') }} as margin_amount_reporting,
    {{ money('coalesce(totals.returned_amount_reporting, 0)') }} as returned_amount_reporting,
    coalesce(
        totals.quantity > 0 and totals.returned_quantity >= totals.quantity, false
    ) as is_fully_returned,
    first_orders.order_id is not null as is_first_order,
    orders.promised_at,
    orders.delivered_at,
    case
        when orders.promised_at is null then null
        when orders.delivered_at is not null
            then {{ business_date('orders.delivered_at') }}
                > {{ business_date('orders.promised_at') }}
        when {{ business_date('orders.promised_at') }} < {{ as_of_date() }} then true
    end as is_late,
    coalesce(totals.lines, 0) as lines
from orders
left join totals on orders.order_id = totals.order_id
left join first_orders on orders.order_id = first_orders.order_id
