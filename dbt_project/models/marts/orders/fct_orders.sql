with

orders as (
    select * from {{ ref('int_orders_placed') }}
    where is_order
),

lines as (
    select * from {{ ref('int_order_lines_converted') }}
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
        orders.*,
        row_number() over (
            partition by orders.customer_id
            order by orders.ordered_at, {{ by_bytes('orders.order_id') }}
        ) as order_number
    from orders
)

select
    ranked.order_id,
    ranked.customer_id,
    ranked.source_system,
    ranked.source_order_id,
    ranked.ordered_at,
    ranked.order_date,
    ranked.channel,
    ranked.store_id,
    ranked.country_code,
    ranked.currency,
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
    ranked.customer_id is not null and ranked.order_number = 1 as is_first_order,
    ranked.promised_at,
    ranked.delivered_at,
    case
        when ranked.promised_at is null then null
        when ranked.delivered_at is not null
            then {{ business_date('ranked.delivered_at') }}
                > {{ business_date('ranked.promised_at') }}
        when {{ business_date('ranked.promised_at') }} < {{ as_of_date() }} then true
    end as is_late,
    coalesce(totals.lines, 0) as lines
from ranked
left join totals on ranked.order_id = totals.order_id
