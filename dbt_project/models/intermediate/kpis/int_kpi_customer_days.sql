with line_days as (
    select
        customer_id,
        revenue_date as sales_date,
        {{ kpi_line_sums() }},
        0 as orders
    from {{ ref('fct_order_lines') }}
    group by customer_id, revenue_date
),

order_days as (
    select
        customer_id,
        order_date as sales_date,
        {%- for column in kpi_sales_columns() if column != 'orders' %}
        cast(null as numeric(18, 4)) as {{ column }},
        {%- endfor %}
        count(*) as orders
    from {{ ref('fct_orders') }}
    group by customer_id, order_date
),

days as (
    {%- for relation in ['line_days', 'order_days'] %}
    select
        customer_id,
        sales_date,
        {{ kpi_sales_columns() | join(',\n        ') }}
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

summed as (
    select
        customer_id,
        sales_date,
        {%- for column in kpi_sales_columns() %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from days
    group by customer_id, sales_date
)

select
    customer_id,
    sales_date,
    {{ kpi_typed_sums(nothing_is_zero=true) }}
from summed
