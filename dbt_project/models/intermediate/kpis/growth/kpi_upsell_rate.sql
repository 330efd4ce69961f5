{%- set up = 1 + var('upsell_pct') / 100.0 -%}
{%- set down = 1 - var('upsell_pct') / 100.0 -%}
{#- Without any order there is no level, whatever a company asks for. -#}
{%- set min_orders = [var('upsell_min_orders'), 1] | max -%}

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

-- Orders beyond the number that makes a level, with the day on which it was reached.
beyond as (
    select
        orders.customer_id,
        orders.order_date,
        orders.net_amount_reporting,
        reached.order_date as reached_on
    from orders
    inner join orders as reached
        on
            orders.customer_id = reached.customer_id
            and reached.order_no = {{ min_orders }}
    where orders.order_no > {{ min_orders }}
),

-- Who ordered in the window and had placed enough orders before it.
ordering as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        beyond.customer_id,
        {{ median('beyond.net_amount_reporting') }} as median_now
    from windows
    inner join beyond
        on
            beyond.order_date >= windows.window_start
            and beyond.order_date < windows.window_end
            and beyond.reached_on < windows.window_start
    group by windows.window_id, windows.window_start, windows.period_kind, beyond.customer_id
),

-- Without an order in the year before there is no level to be above or below; who has none counts
-- among those who ordered all the same.
compared as (
    select
        ordering.window_id,
        ordering.window_start,
        ordering.period_kind,
        ordering.customer_id,
        ordering.median_now,
        {{ median('orders.net_amount_reporting') }} as median_before
    from ordering
    left join orders
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

-- Moved is who is at least so far above or below. A level of 0 (or less) has no 20 % of it: a
-- customer with such a level is neither.
moved as (
    select
        compared.window_id,
        compared.window_start,
        compared.period_kind,
        origins.country,
        origins.channel,
        compared.customer_id,
        case
            when coalesce(median_before, 0) <= 0 then 0
            when median_now >= median_before * {{ up }} then 1
            when median_now <= median_before * {{ down }} then -1
            else 0
        end as numerator,
        1 as denominator
    from compared
    left join {{ ref('int_kpi_customer_origins') }} as origins
        on compared.customer_id = origins.customer_id
),

{{ kpi_of_customers('moved') }}
