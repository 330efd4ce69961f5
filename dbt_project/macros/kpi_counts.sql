{#-
What KPIs over customers count, out of the CTE `windows` and one with order days (macro order_days):
window_id, the columns of `by`, numerator, denominator. The KPI models count all customers; the
sensitivity to identity counts, by scenario, only those whose records it moves, with the same words.
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

{#- Customers so far: who had an order before the end. -#}
{% macro customers_counted(order_days, by=[]) -%}
select
    windows.window_id,
    {{ by_list(order_days, by) }}count({{ order_days }}.customer_id) as numerator,
    cast(null as bigint) as denominator
from windows
left join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_end
        and {{ order_days }}.previous_order_date is null
group by {{ by_list(order_days, by) }}windows.window_id
{%- endmacro %}

{#- New customers: whose first order, in `first_orders`, is in the window. -#}
{% macro new_customers_counted(first_orders, by=[], with_empty=true) -%}
select
    windows.window_id,
    {{ by_list(first_orders, by) }}count({{ first_orders }}.order_date) as numerator,
    cast(null as bigint) as denominator
from windows
{{ 'left' if with_empty else 'inner' }} join {{ first_orders }}
    on
        {{ first_orders }}.order_date >= windows.window_start
        and {{ first_orders }}.order_date < windows.window_end
group by {{ by_list(first_orders, by) }}windows.window_id
{%- endmacro %}

{#- Active customers: of each the last order day before the end, if it is recent enough. -#}
{% macro active_customers_counted(order_days, by=[]) -%}
select
    windows.window_id,
    {{ by_list(order_days, by) }}count({{ order_days }}.customer_id) as numerator,
    cast(null as bigint) as denominator
from windows
left join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_end
        and {{ order_days }}.order_date >= {{ add_days('windows.window_end', -var('active_days')) }}
        and coalesce({{ order_days }}.next_order_date, {{ last_day_ever() }}) >= windows.window_end
group by {{ by_list(order_days, by) }}windows.window_id
{%- endmacro %}

{#- Orders, and those who placed them: a customer is counted on the first order day in the window. -#}
{% macro purchase_frequency_counted(order_days, by=[]) -%}
select
    windows.window_id,
    {{ by_list(order_days, by) }}sum({{ order_days }}.orders) as numerator,
    sum(
        case
            when {{ order_days }}.previous_order_date >= windows.window_start then 0
            else 1
        end
    ) as denominator
from windows
inner join {{ order_days }}
    on
        {{ order_days }}.order_date >= windows.window_start
        and {{ order_days }}.order_date < windows.window_end
group by {{ by_list(order_days, by) }}windows.window_id
{%- endmacro %}

{#- Of each customer the last order day of the trailing year; the one before it makes two. -#}
{% macro repeat_purchase_rate_counted(order_days, by=[]) -%}
select
    windows.window_id,
    {{ by_list(order_days, by) }}sum(
        case
            when
                {{ order_days }}.previous_order_date >= {{ add_days('windows.window_end', -365) }}
                then 1
            else 0
        end
    ) as numerator,
    count(*) as denominator
from windows
inner join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_end
        and {{ order_days }}.order_date >= {{ add_days('windows.window_end', -365) }}
        and coalesce({{ order_days }}.next_order_date, {{ last_day_ever() }}) >= windows.window_end
group by {{ by_list(order_days, by) }}windows.window_id
{%- endmacro %}

{#- Of each customer the last order day before the window; the next one tells of the return. -#}
{% macro repurchase_rate_counted(order_days, by=[]) -%}
select
    windows.window_id,
    {{ by_list(order_days, by) }}sum(
        case when {{ order_days }}.next_order_date < windows.window_end then 1 else 0 end
    ) as numerator,
    count(*) as denominator
from windows
inner join {{ order_days }}
    on
        {{ order_days }}.order_date < windows.window_start
        and {{ order_days }}.order_date >= {{ add_days('windows.window_start', -365) }}
        and coalesce({{ order_days }}.next_order_date, {{ last_day_ever() }})
        >= windows.window_start
group by {{ by_list(order_days, by) }}windows.window_id
{%- endmacro %}

{#- Of each customer active at the start the last order day before it, and that before the end. -#}
{% macro retention_rate_counted(order_days, by=[]) -%}
select
    windows.window_id,
    {{ by_list('before', by) }}count(at_end.customer_id) as numerator,
    count(*) as denominator
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
where windows.period_kind = 'quarter'
group by {{ by_list('before', by) }}windows.window_id
{%- endmacro %}

{#-
The KPIs that errors of identity move: id, what counts it, and the parts of that count that are its
numerator and denominator. Revenue and margin stay what they are, whoever they belong to.
-#}
{% macro identity_kpis(by) %}
    {{ return([
        ('customers', customers_counted('order_days', by), 'numerator', '0'),
        ('new_customers', new_customers_counted('first_orders', by), 'numerator', '0'),
        ('active_customers', active_customers_counted('order_days', by), 'numerator', '0'),
        ('repurchase_rate', repurchase_rate_counted('order_days', by), 'numerator', 'denominator'),
        ('retention_rate', retention_rate_counted('order_days', by), 'numerator', 'denominator'),
        ('repeat_purchase_rate', repeat_purchase_rate_counted('order_days', by),
            'numerator', 'denominator'),
        ('revenue_per_customer', purchase_frequency_counted('order_days', by), '0', 'denominator'),
        ('historic_lifetime_value', customers_counted('order_days', by), '0', 'numerator'),
    ]) }}
{% endmacro %}

{#- A KPI that is a number of customers, out of a CTE with window_id and numerator. -#}
{% macro kpi_number(relation) -%}
select
    window_id,
    'all' as segment_kind,
    'all' as segment,
    cast(numerator as double precision) as value,
    cast(numerator as double precision) as numerator,
    cast(null as double precision) as denominator,
    cast(numerator as bigint) as base_count
from {{ relation }}
{%- endmacro %}
