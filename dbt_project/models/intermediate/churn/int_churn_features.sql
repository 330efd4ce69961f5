{%- set year_before = add_days('instants.facts_before', -365) -%}
{%- set horizon_before = add_days('instants.facts_before', -churn_horizon_days()) -%}

with instants as (
    select * from {{ ref('int_churn_instants') }}
    where not is_churned
),

orders as (
    select
        fct_orders.*,
        {{ business_date('promised_at') }} as promised_on
    from {{ ref('fct_orders') }} as fct_orders
    where customer_id is not null
),

-- Whether an order was late is known once its promised day is over.
ordered as (
    select
        instants.customer_id,
        instants.periods_back,
        count(case when orders.order_date >= {{ horizon_before }} then 1 end) as recent_orders,
        count(*) as year_orders,
        {{ ratio('sum(orders.net_amount_reporting)', 'count(*)') }} as order_value,
        {{ ratio('sum(orders.discount_amount_reporting)', 'sum(orders.list_amount_reporting)') }}
            as discount_rate,
        {{ ratio(
            'count(case when orders.is_late and orders.promised_on < instants.facts_before '
            ~ 'then 1 end)',
            'count(case when orders.promised_on < instants.facts_before then 1 end)'
        ) }} as late_share,
        {{ ratio(
            'count(case when orders.is_late and orders.promised_on < instants.facts_before '
            ~ 'and orders.order_date = instants.last_order_date then 1 end)',
            'count(case when orders.promised_on < instants.facts_before '
            ~ 'and orders.order_date = instants.last_order_date then 1 end)'
        ) }} as last_late_share
    from instants
    inner join orders
        on
            instants.customer_id = orders.customer_id
            and orders.order_date < instants.facts_before
            and orders.order_date >= {{ year_before }}
    group by 1, 2
),

lines as (
    select * from {{ ref('int_churn_lines') }}
),

bought as (
    select
        instants.customer_id,
        instants.periods_back,
        count(distinct case when lines.line_kind = 'sale' then lines.category_name end)
            as categories,
        {{ ratio('sum(lines.list_amount_reporting)', 'sum(lines.first_price_amount)') }} - 1
            as price_change,
        {{ ratio(
            "sum(case when lines.line_kind = 'return' then -lines.net_amount_reporting else 0 end)",
            "sum(case when lines.line_kind = 'sale' then lines.net_amount_reporting end)"
        ) }} as return_rate
    from instants
    inner join lines
        on
            instants.customer_id = lines.customer_id
            and lines.revenue_date < instants.facts_before
            and lines.revenue_date >= {{ year_before }}
    group by 1, 2
),

served as (
    select * from {{ ref('int_churn_service') }}
)

select
    instants.customer_id,
    instants.periods_back,
    instants.facts_before,
    instants.order_days,
    instants.recency_days,
    instants.age_days,
    instants.ordering_days,
    instants.last_gap_days,
    instants.expected_gap_days,
    {{ ratio('instants.recency_days', 'instants.expected_gap_days') }} as overdue,
    coalesce(ordered.recent_orders, 0) as recent_orders,
    coalesce(ordered.year_orders, 0) as year_orders,
    ordered.order_value,
    ordered.discount_rate,
    ordered.late_share,
    ordered.last_late_share,
    bought.categories,
    bought.price_change,
    bought.return_rate,
    {%- for column in churn_service_columns() %}
    served.{{ column }},
    {%- endfor %}
    instants.has_stayed_away
from instants
left join ordered
    on instants.customer_id = ordered.customer_id and instants.periods_back = ordered.periods_back
left join bought
    on instants.customer_id = bought.customer_id and instants.periods_back = bought.periods_back
left join served
    on instants.customer_id = served.customer_id and instants.periods_back = served.periods_back
