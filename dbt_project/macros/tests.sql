{#- Generic data tests. Their failing rows are shown in the error, so they select what helps. -#}

{#- The column tells rows apart: no value twice, none missing. -#}
{% test is_key(model, column_name) %}
select {{ column_name }}, count(*) as occurrences
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null
{% endtest %}

{#- No two rows share the values of these columns. -#}
{% test unique_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{#- Both relations have the same number of rows: a join has lost or doubled nothing. -#}
{% test same_rows(model, to) %}
select counts.here, counts.there
from (
    select
        (select count(*) from {{ model }}) as here,
        (select count(*) from {{ to }}) as there
) as counts
where counts.here <> counts.there
{% endtest %}

{#- Every amount could be converted; the failing rows name currency and day. -#}
{% test has_exchange_rates(model, amount, currency, converted, day) %}
select {{ currency }} as currency, {{ day }} as day, count(*) as amounts
from {{ model }}
where {{ amount }} is not null and {{ converted }} is null
group by {{ currency }}, {{ day }}
{% endtest %}

{#-
Over the channels, each attribution model gives away exactly what was sold and carries what was spent,
in each kind of period.
-#}
{% test adds_up_to_orders(model) %}
with

facts as (
    select
        count(*) as orders,
        count(*) filter (where is_first_order) as new_customers,
        coalesce(sum(net_amount_reporting), 0) as revenue,
        (select coalesce(sum(amount_reporting), 0) from {{ ref('fct_marketing_spend') }}) as spend
    from {{ ref('fct_orders') }}
),

given as (
    select
        period_kind,
        attribution_model,
        sum(orders) as orders,
        sum(new_customers) as new_customers,
        sum(revenue_reporting) as revenue,
        coalesce(sum(spend_reporting), 0) as spend
    from {{ model }}
    group by period_kind, attribution_model
)

select
    given.*,
    facts.orders as orders_placed,
    facts.new_customers as customers_won,
    facts.revenue as revenue_made,
    facts.spend as spent
from given
cross join facts
where
    given.orders <> facts.orders
    or given.new_customers <> facts.new_customers
    or given.revenue <> facts.revenue
    or given.spend <> facts.spend
{% endtest %}
