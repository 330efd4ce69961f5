{%- set sums = [
    'net_revenue', 'gross_sales', 'returned', 'list_value', 'discount', 'revenue_with_cost', 'cost',
    'lines_with_cost', 'orders', 'weekend_revenue',
] -%}

with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

days as (
    select * from {{ ref('int_kpi_sales_days') }}
),

-- A window without any sale has a row in all, and none by segment.
summed as (
    {%- for kind, segment in [
        ('all', "'all'"), ('country', 'days.country'), ('channel', 'days.channel')
    ] %}
    select
        windows.window_id,
        '{{ kind }}' as segment_kind,
        {%- for column in sums %}
        sum(days.{{ column }}) as {{ column }},
        {%- endfor %}
        {{ segment }} as segment
    from windows
    {{ 'left' if kind == 'all' else 'inner' }} join days
        on days.sales_date >= windows.window_start and days.sales_date < windows.window_end
    group by windows.window_id{{ ', ' ~ segment if kind != 'all' }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    window_id,
    segment_kind,
    segment,
    {{ money('coalesce(net_revenue, 0)') }} as net_revenue,
    {{ money('coalesce(gross_sales, 0)') }} as gross_sales,
    {{ money('coalesce(returned, 0)') }} as returned,
    {{ money('list_value') }} as list_value,
    {{ money('discount') }} as discount,
    {{ money('revenue_with_cost') }} as revenue_with_cost,
    {{ money('cost') }} as cost,
    {{ money('coalesce(weekend_revenue, 0)') }} as weekend_revenue,
    cast(coalesce(lines_with_cost, 0) as bigint) as lines_with_cost,
    cast(coalesce(orders, 0) as bigint) as orders
from summed
