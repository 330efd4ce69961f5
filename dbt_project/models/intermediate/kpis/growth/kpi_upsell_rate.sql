{%- set up = 1 + var('upsell_pct') / 100.0 -%}
{%- set down = 1 - var('upsell_pct') / 100.0 -%}

with windows as (
    select * from {{ kpi_windows() }} as windows
),

orders as (
    select
        customer_id,
        order_date,
        net_amount_reporting,
        row_number() over (
            partition by customer_id order by order_date, {{ by_bytes('order_id') }}
        ) as order_no
    from {{ ref('fct_orders') }}
    where customer_id is not null
),

-- Who ordered in the window and had placed enough orders before it.
ordering as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        orders.customer_id,
        {{ median('orders.net_amount_reporting') }} as median_now
    from windows
    inner join orders
        on orders.order_date >= windows.window_start and orders.order_date < windows.window_end
    group by windows.window_id, windows.window_start, windows.period_kind, orders.customer_id
    having min(orders.order_no) > {{ var('upsell_min_orders') }}
),

-- Without an order in the year before there is no level to be above or below.
compared as (
    select
        ordering.window_id,
        ordering.window_start,
        ordering.period_kind,
        ordering.customer_id,
        ordering.median_now,
        {{ median('orders.net_amount_reporting') }} as median_before
    from ordering
    inner join orders
        on
            ordering.customer_id = orders.customer_id
            and orders.order_date < ordering.window_start
            and orders.order_date >= {{ add_days('ordering.window_start', -365) }}
    group by
        ordering.window_id,
        ordering.window_start,
        ordering.period_kind,
        ordering.customer_id,
        ordering.median_now
),

moved as (
    select
        window_id,
        window_start,
        period_kind,
        customer_id,
        case
            when median_now >= median_before * {{ up }} then 1
            when median_now <= median_before * {{ down }} then -1
            else 0
        end as numerator,
        1 as denominator
    from compared
    where median_before > 0
),

{{ kpi_of_customers('moved') }}
