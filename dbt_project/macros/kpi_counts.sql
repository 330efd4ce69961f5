{#-
What KPIs over customers are made of, out of the CTE `windows` and one with order days (macro
order_days): a row a window and customer, with window_id, window_start, period_kind, the columns of
`by`, customer_id, numerator and denominator. A number of customers has a row of nobody for a window
without any, where it is 0 and not unknown. The KPI models add the rows up by segment (macro
kpi_of_customers); the sensitivity to identity adds up, by scenario, only those of customers whose
records it moves, with the same words.
-#}

{#- One row a customer and business day with orders, by the columns of `by`. -#}
{% macro order_days(orders, by=[]) -%}
select
    {{ by_list('numbered', by) }}customer_id,
    order_date,
    orders,
    row_number() over customer_days as order_day_no,
    min(order_date) over whole_customer as first_order_date,
    lag(order_date) over customer_days as previous_order_date,
    lead(order_date) over customer_days as next_order_date
from (
    select
        {{ by_list(orders, by) }}customer_id,
        order_date,
        count(*) as orders
    from {{ orders }}
    group by {{ by_list(orders, by) }}customer_id, order_date
) as numbered
window
    customer_days as (partition by {{ by_list('numbered', by) }}customer_id order by order_date),
    whole_customer as (partition by {{ by_list('numbered', by) }}customer_id)
{%- endmacro %}

{% macro by_list(relation, by) -%}
    {%- for column in by %}{{ relation }}.{{ column }}, {% endfor -%}
{%- endmacro %}

{#- The columns that rows of each KPI begin with. -#}
{% macro window_columns(relation, by) -%}
    windows.window_id,
    windows.window_start,
    windows.period_kind,
    {{ by_list(relation, by) }}{{ relation }}.customer_id,
{%- endmacro %}

{#- Customers so far: who had an order before the end. -#}
{% macro customers_rows(order_days, by=[]) -%}
select
    {{ window_columns(order_days, by) }}
    case when {{ order_days }}.order_date is null then 0 else 1 end as numerator,
    cast(null as integer) as denominator
from windows
left join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_end
        and {{ order_days }}.previous_order_date is null
{%- endmacro %}

{#- New customers: whose first order, in `first_orders`, is in the window. -#}
{% macro new_customers_rows(first_orders, by=[]) -%}
select
    {{ window_columns(first_orders, by) }}
    case when {{ first_orders }}.order_date is null then 0 else 1 end as numerator,
    cast(null as integer) as denominator
from windows
left join {{ first_orders }}
    on
        {{ first_orders }}.order_date >= windows.window_start
        and {{ first_orders }}.order_date < windows.window_end
{%- endmacro %}

{#- Active customers: of each the last order day before the end, if it is recent enough. -#}
{% macro active_customers_rows(order_days, by=[]) -%}
select
    {{ window_columns(order_days, by) }}
    case when {{ order_days }}.order_date is null then 0 else 1 end as numerator,
    cast(null as integer) as denominator
from windows
left join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_end
        and {{ order_days }}.order_date >= {{ add_days('windows.window_end', -var('active_days')) }}
        and coalesce({{ order_days }}.next_order_date, {{ last_day_ever() }}) >= windows.window_end
{%- endmacro %}

{#-
Orders, and those who placed them, by order day: a customer is counted on the first one in the
window.
-#}
{% macro purchase_frequency_rows(order_days, by=[]) -%}
select
    {{ window_columns(order_days, by) }}
    {{ order_days }}.orders as numerator,
    case
        when {{ order_days }}.previous_order_date >= windows.window_start then 0
        else 1
    end as denominator
from windows
inner join {{ order_days }}
    on
        {{ order_days }}.order_date >= windows.window_start
        and {{ order_days }}.order_date < windows.window_end
{%- endmacro %}

{#- Of each customer the last order day of the trailing year; the one before it makes two. -#}
{% macro repeat_purchase_rate_rows(order_days, by=[]) -%}
select
    {{ window_columns(order_days, by) }}
    case
        when
            {{ order_days }}.previous_order_date >= {{ add_days('windows.window_end', -365) }}
            then 1
        else 0
    end as numerator,
    1 as denominator
from windows
inner join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_end
        and {{ order_days }}.order_date >= {{ add_days('windows.window_end', -365) }}
        and coalesce({{ order_days }}.next_order_date, {{ last_day_ever() }}) >= windows.window_end
{%- endmacro %}

{#- Of each customer the last order day before the window; the next one tells of the return. -#}
{% macro repurchase_rate_rows(order_days, by=[]) -%}
select
    {{ window_columns(order_days, by) }}
    case
        when {{ order_days }}.next_order_date < windows.window_end then 1
        else 0
    end as numerator,
    1 as denominator
from windows
inner join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_start
        and {{ order_days }}.order_date >= {{ add_days('windows.window_start', -365) }}
        and coalesce({{ order_days }}.next_order_date, {{ last_day_ever() }})
        >= windows.window_start
{%- endmacro %}

{#- Of each customer active at the start the last order day before it, and that before the end. -#}
{% macro retention_rate_rows(order_days, by=[]) -%}
select
    {{ window_columns('before', by) }}
    case when at_end.customer_id is null then 0 else 1 end as numerator,
    1 as denominator
from windows
inner join {{ order_days }} as before
    on
        before.order_date < windows.window_start
        and before.order_date >= {{ add_days('windows.window_start', -var('active_days')) }}
        and coalesce(before.next_order_date, {{ last_day_ever() }}) >= windows.window_start
left join {{ order_days }} as at_end
    on
        before.customer_id = at_end.customer_id
        {%- for column in by %}
        and before.{{ column }} = at_end.{{ column }}
        {%- endfor %}
        and at_end.order_date < windows.window_end
        and at_end.order_date >= {{ add_days('windows.window_end', -var('active_days')) }}
        and coalesce(at_end.next_order_date, {{ last_day_ever() }}) >= windows.window_end
{%- endmacro %}

{#-
The KPIs that errors of identity move: id, the rows it is made of, and what of them its numerator
and denominator are sums of. Revenue and margin stay what they are, whoever they belong to.
-#}
{% macro identity_kpis(by) %}
    {{ return([
        ('customers', customers_rows('order_days', by), 'numerator', '0'),
        ('new_customers', new_customers_rows('first_orders', by), 'numerator', '0'),
        ('active_customers', active_customers_rows('order_days', by), 'numerator', '0'),
        ('repurchase_rate', repurchase_rate_rows('order_days', by), 'numerator', 'denominator'),
        ('retention_rate', retention_rate_rows('order_days', by), 'numerator', 'denominator'),
        ('repeat_purchase_rate', repeat_purchase_rate_rows('order_days', by),
            'numerator', 'denominator'),
        ('revenue_per_customer', purchase_frequency_rows('order_days', by), '0', 'denominator'),
        ('historic_lifetime_value', customers_rows('order_days', by), '0', 'numerator'),
    ]) }}
{% endmacro %}

{#- Whether sensitivity to identity is told of a period: of those of the reports, as each costs. -#}
{% macro has_identity_sensitivity(period_kind) -%}
    {{ period_kind }} in ('week', 'month', 'quarter')
{%- endmacro %}
