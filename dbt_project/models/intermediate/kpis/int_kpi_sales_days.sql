with order_lines as (
    select
        *,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as order_channel
    from {{ ref('fct_order_lines') }}
),

orders as (
    select
        order_date,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as order_channel
    from {{ ref('fct_orders') }}
),

-- Sales and returns each on their own day.
line_days as (
    select
        revenue_date as sales_date,
        case
            when grouping(country) = 0 then 'country'
            when grouping(order_channel) = 0 then 'channel'
            when grouping(category_name) = 0 then 'category'
            else 'all'
        end as segment_kind,
        coalesce(country, order_channel, category_name, 'all') as segment,
        {{ kpi_line_sums() }},
        -- An order that has lines of several categories counts in each of them.
        case
            when grouping(category_name) = 0
                then count(distinct case when line_kind = 'sale' then order_id end)
            else 0
        end as orders
    from order_lines
    group by grouping sets (
        (revenue_date),
        (revenue_date, country),
        (revenue_date, order_channel),
        (revenue_date, category_name)
    )
),

order_days as (
    select
        order_date as sales_date,
        case
            when grouping(country) = 0 then 'country'
            when grouping(order_channel) = 0 then 'channel'
            else 'all'
        end as segment_kind,
        coalesce(country, order_channel, 'all') as segment,
        {%- for column in kpi_sales_columns() if column != 'orders' %}
        cast(null as numeric(18, 4)) as {{ column }},
        {%- endfor %}
        count(*) as orders
    from orders
    group by grouping sets ((order_date), (order_date, country), (order_date, order_channel))
),

days as (
    {%- for relation in ['line_days', 'order_days'] %}
    select
        sales_date,
        segment_kind,
        segment,
        {{ kpi_sales_columns() | join(',\n        ') }}
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    sales_date,
    segment_kind,
    segment,
    {{ kpi_typed_sums() }}
from days
