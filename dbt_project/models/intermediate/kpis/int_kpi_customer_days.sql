with days as (
    select
        customer_id,
        revenue_date as sales_date,
        {{ kpi_line_sums() }},
        0 as orders
    from {{ ref('fct_order_lines') }}
    group by customer_id, revenue_date
    union all
    select
        customer_id,
        order_date as sales_date,
        {{ kpi_no_line_sums() }},
        count(*) as orders
    from {{ ref('fct_orders') }}
    group by customer_id, order_date
),

summed as (
    select
        customer_id,
        {%- for column in kpi_sales_columns() %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        sales_date
    from days
    group by customer_id, sales_date
)

select
    customer_id,
    sales_date,
    {{ kpi_typed_sums(nothing_is_zero=true) }}
from summed
