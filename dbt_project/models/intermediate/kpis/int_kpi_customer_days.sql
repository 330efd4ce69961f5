{%- set amounts = [
    'net_amount_reporting', 'list_amount_reporting', 'discount_amount_reporting',
    'cost_amount_reporting',
] -%}

-- An order is counted beside the lines, as it may have none.
with facts as (
    select
        customer_id,
        revenue_date,
        line_kind,
        {{ amounts | join(', ') }},
        0 as is_order
    from {{ ref('fct_order_lines') }}
    union all
    select
        customer_id,
        order_date as revenue_date,
        'order' as line_kind,
        {%- for amount in amounts %}
        cast(null as numeric(18, 4)) as {{ amount }},
        {%- endfor %}
        1 as is_order
    from {{ ref('fct_orders') }}
),

summed as (
    select
        customer_id,
        revenue_date as sales_date,
        {{ kpi_line_sums() }},
        sum(is_order) as orders
    from facts
    group by customer_id, revenue_date
)

select
    customer_id,
    sales_date,
    {{ kpi_typed_sums(nothing_is_zero=true) }}
from summed
