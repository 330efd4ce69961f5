{%- set components = [
    'new', 'reactivated', 'expanded', 'unchanged', 'contracted', 'lost', 'anonymous',
] -%}

with periods as (
    select periods.*
    from {{ ref('int_kpi_periods') }} as periods
    inner join {{ ref('int_kpi_windows') }} as previous
        on periods.previous_window_id = previous.window_id
    where {{ kpi_is_long('periods.period_kind') }}
),

customer_windows as (
    select * from {{ ref('int_kpi_customer_windows') }}
),

origins as (
    select * from {{ ref('int_kpi_customer_origins') }}
),

both_sides as (
    select
        periods.window_id,
        customer_windows.customer_id,
        customer_windows.net_revenue as revenue_now,
        cast(null as numeric(18, 4)) as revenue_before,
        customer_windows.orders
    from periods
    inner join customer_windows on periods.window_id = customer_windows.window_id
    union all
    select
        periods.window_id,
        customer_windows.customer_id,
        null,
        customer_windows.net_revenue,
        0
    from periods
    inner join customer_windows on periods.previous_window_id = customer_windows.window_id
),

customers as (
    select
        window_id,
        customer_id,
        sum(revenue_now) as revenue_now,
        sum(revenue_before) as revenue_before,
        sum(orders) as orders
    from both_sides
    group by window_id, customer_id
),

-- A return without an order is no coming back: it takes from what was sold before. A credit note
-- before the first order makes nobody a customer: who orders first in the period is new.
moved as (
    select
        customers.*,
        case
            when customers.customer_id is null then 'anonymous'
            when customers.revenue_now is null then 'lost'
            when customers.orders > 0 and origins.first_order_date >= periods.period_start
                then 'new'
            when customers.revenue_before is not null and revenue_now > revenue_before
                then 'expanded'
            when customers.revenue_before is not null and revenue_now = revenue_before
                then 'unchanged'
            when customers.revenue_before is not null then 'contracted'
            when customers.orders = 0 then 'contracted'
            else 'reactivated'
        end as component
    from customers
    inner join periods on customers.window_id = periods.window_id
    left join origins on customers.customer_id = origins.customer_id
),

summed as (
    select
        window_id,
        component,
        count(customer_id) as customers,
        sum(revenue_before) as revenue_before,
        sum(revenue_now) as revenue_now
    from moved
    group by window_id, component
),

components as (
    {%- for component in components %}
    select '{{ component }}' as component, {{ loop.index }} as component_order
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    periods.period_kind || '|' || cast(periods.period_start as text) || '|' || components.component
        as revenue_bridge_id,
    periods.period_kind,
    periods.period_start,
    periods.period_end,
    periods.is_partial,
    cast(components.component as text) as component,
    cast(components.component_order as integer) as component_order,
    cast(coalesce(summed.customers, 0) as bigint) as customers,
    {{ money('coalesce(summed.revenue_before, 0)') }} as previous_revenue_reporting,
    {{ money('coalesce(summed.revenue_now, 0)') }} as revenue_reporting,
    {{ money('coalesce(summed.revenue_now, 0) - coalesce(summed.revenue_before, 0)') }}
        as change_reporting
from periods
cross join components
left join summed
    on periods.window_id = summed.window_id and components.component = summed.component
