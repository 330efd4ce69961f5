{%- set month_end -%}
{{ add_months(period_start('month', 'day'), 1) }}
{%- endset -%}

with bookings as (
    select customer_id, revenue_date as day, net_amount_reporting, 0 as orders
    from {{ ref('fct_order_lines') }}
    where customer_id is not null
    union all
    select customer_id, order_date as day, 0 as net_amount_reporting, 1 as orders
    from {{ ref('fct_orders') }}
    where customer_id is not null
),

booked as (
    select
        customer_id,
        {{ month_end }} as month_end,
        sum(net_amount_reporting) as net_revenue,
        sum(orders) as orders
    from bookings
    group by customer_id, {{ month_end }}
),

-- What is booked stays in the total until the month of the next booking.
totals as (
    select
        booked.*,
        sum(net_revenue) over (partition by customer_id order by month_end) as net_revenue_to_date,
        lead(month_end) over (partition by customer_id order by month_end) as next_month_end
    from booked
),

months as (
    select
        totals.customer_id,
        month_ends.month_end,
        case when totals.month_end = month_ends.month_end then totals.net_revenue else 0 end
            as net_revenue_month,
        totals.net_revenue_to_date,
        case when totals.month_end = month_ends.month_end then totals.orders else 0 end as orders
    from totals
    inner join {{ ref('int_lifecycle_month_ends') }} as month_ends
        on
            totals.month_end <= month_ends.month_end
            and (totals.next_month_end is null or month_ends.month_end < totals.next_month_end)
)

select
    customer_id,
    month_end,
    {{ money('net_revenue_month') }} as net_revenue_month_reporting,
    {{ money('net_revenue_to_date') }} as net_revenue_to_date_reporting,
    cast(orders as bigint) as orders_month
from months
