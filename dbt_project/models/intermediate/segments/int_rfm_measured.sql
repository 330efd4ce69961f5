with instants as (
    select * from {{ ref('int_segment_instants') }}
),

evaluated as (
    select * from {{ ref('int_customer_stages_evaluated') }}
),

month_revenue as (
    select * from {{ ref('int_customer_revenue_months') }}
),

revenue as (
    select customer_id, sum(net_amount_reporting) as net_revenue
    from {{ ref('fct_order_lines') }}
    where customer_id is not null
    group by customer_id
)

select
    evaluated.customer_id,
    instants.facts_before,
    instants.evaluated_on,
    instants.months_back,
    cast(evaluated.recency_days as integer) as recency_days,
    cast(evaluated.order_days as integer) as order_days,
    {{ money('coalesce(
        case
            when instants.months_back = 0 then revenue.net_revenue
            else month_revenue.net_revenue_to_date_reporting
        end, 0
    )') }} as net_revenue_reporting
from evaluated
inner join instants
    on
        evaluated.facts_before = instants.facts_before
        and evaluated.instant_kind
        = case when instants.months_back = 0 then 'as_of' else 'month_end' end
left join month_revenue
    on
        evaluated.customer_id = month_revenue.customer_id
        and instants.facts_before = month_revenue.month_end
left join revenue on evaluated.customer_id = revenue.customer_id
