{#- Sums of sales, for KPIs: which there are, and how they come out of the lines of a day. -#}

{#- The sums that int_kpi_sales_days and its like carry. -#}
{% macro kpi_sales_columns() %}
    {{ return([
        'net_revenue', 'gross_sales', 'returned', 'list_value', 'discount', 'revenue_with_cost',
        'cost', 'lines', 'lines_with_cost', 'weekend_revenue', 'orders',
    ]) }}
{% endmacro %}

{#- Sums over lines of fct_order_lines; a return counts negative. Orders come from elsewhere. -#}
{% macro kpi_line_sums() -%}
    sum(net_amount_reporting) as net_revenue,
    sum(case when line_kind = 'sale' then net_amount_reporting else 0 end) as gross_sales,
    sum(case when line_kind = 'return' then -net_amount_reporting else 0 end) as returned,
    sum(case when line_kind = 'sale' then list_amount_reporting end) as list_value,
    sum(case when line_kind = 'sale' then discount_amount_reporting end) as discount,
    sum(case when cost_amount_reporting is not null then net_amount_reporting end)
        as revenue_with_cost,
    sum(cost_amount_reporting) as cost,
    count(net_amount_reporting) as lines,
    count(cost_amount_reporting) as lines_with_cost,
    sum(case when extract(isodow from revenue_date) >= 6 then net_amount_reporting else 0 end)
        as weekend_revenue
{%- endmacro %}

{#- The same columns for a relation of orders, which has no lines. -#}
{% macro kpi_no_line_sums() -%}
    {%- for column in kpi_sales_columns() if column != 'orders' %}
    cast(null as numeric(18, 4)) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Money and counts of the sums in their types, so that adding them up stays exact. -#}
{% macro kpi_typed_sums(nothing_is_zero=false) -%}
    {%- for column in kpi_sales_columns() %}
    {%- set is_known = nothing_is_zero and column not in [
        'list_value', 'discount', 'revenue_with_cost', 'cost'
    ] %}
    {%- set given = 'coalesce(' ~ column ~ ', 0)' if is_known else column %}
    {%- if column in ['orders', 'lines', 'lines_with_cost'] %}
    cast(coalesce({{ column }}, 0) as bigint) as {{ column }}
    {%- else %}
    {{ money(given) }} as {{ column }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
