{%- set kinds = ['country', 'channel', 'category', 'all'] -%}

with order_lines as (
    select
        revenue_date,
        line_kind,
        order_id,
        list_amount_reporting,
        discount_amount_reporting,
        net_amount_reporting,
        cost_amount_reporting,
        coalesce(country_code, 'unknown') as in_country,
        coalesce(channel, 'unknown') as in_channel,
        category_name as in_category,
        'all' as in_all
    from {{ ref('fct_order_lines') }}
),

orders as (
    select
        order_date,
        coalesce(country_code, 'unknown') as in_country,
        coalesce(channel, 'unknown') as in_channel,
        'all' as in_all
    from {{ ref('fct_orders') }}
),

-- Sales and returns each on their own day. An order with lines of several categories counts in
-- each of them.
days as (
    {%- for kind in kinds %}
    select
        revenue_date as sales_date,
        '{{ kind }}' as segment_kind,
        in_{{ kind }} as segment,
        {{ kpi_line_sums() }},
        {{ "count(distinct case when line_kind = 'sale' then order_id end)"
            if kind == 'category' else 0 }} as orders
    from order_lines
    group by revenue_date, in_{{ kind }}
    union all
    {%- endfor %}
    {%- for kind in kinds if kind != 'category' %}
    select
        order_date as sales_date,
        '{{ kind }}' as segment_kind,
        in_{{ kind }} as segment,
        {{ kpi_no_line_sums() }},
        count(*) as orders
    from orders
    group by order_date, in_{{ kind }}
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
