with instants as (
    select * from {{ ref('int_churn_instants') }}
    where periods_back = 0
),

foretold as (
    select * from {{ ref('stg_rapport__churn_customers') }}
),

published as (
    select
        max(reason) as reason,
        max(reason_zh) as reason_zh
    from {{ ref('stg_rapport__prediction_quality') }}
    where prediction = 'churn_90_days'
),

revenue as (
    select
        order_lines.customer_id,
        sum(order_lines.net_amount_reporting) as year_revenue_reporting
    from {{ ref('fct_order_lines') }} as order_lines
    inner join instants on order_lines.customer_id = instants.customer_id
    where
        order_lines.revenue_date < instants.facts_before
        and order_lines.revenue_date >= {{ add_days('instants.facts_before', -365) }}
    group by 1
)

select
    instants.customer_id,
    foretold.churn_probability_90_days,
    foretold.model,
    foretold.reasons,
    foretold.reasons_zh,
    case
        when foretold.customer_id is not null then null
        when instants.is_churned then 'churned already'
        else published.reason
    end as missing_reason,
    case
        when foretold.customer_id is not null then null
        when instants.is_churned then '已流失'
        else published.reason_zh
    end as missing_reason_zh,
    {{ money('coalesce(revenue.year_revenue_reporting, 0)') }} as year_revenue_reporting,
    {{ money(
        'greatest(coalesce(revenue.year_revenue_reporting, 0), 0)'
        ~ ' * cast(foretold.churn_probability_90_days as numeric(18, 6))'
    ) }} as revenue_at_risk_reporting
from instants
cross join published
left join foretold on instants.customer_id = foretold.customer_id
left join revenue on instants.customer_id = revenue.customer_id
