with evaluated as (
    select * from {{ ref('int_stages_evaluated') }}
),

month_ends as (
    select * from {{ ref('int_lifecycle_month_ends') }}
),

profiles as (
    select * from {{ ref('int_lifecycle_profiles') }}
),

revenue as (
    select * from {{ ref('int_customer_revenue_months') }}
),

states as (
    select evaluated.*
    from evaluated
    inner join month_ends on evaluated.facts_before = month_ends.month_end
),

months as (
    select
        states.customer_id || '|' || cast(states.facts_before as text) as customer_month_id,
        states.customer_id,
        states.facts_before as month_end,
        profiles.profile_kind,
        states.stage,
        states.stage_reason,
        states.stage_since,
        states.previous_stage,
        states.recency_days,
        states.expected_gap_days,
        states.overdue,
        states.order_days as order_days_to_date,
        coalesce(revenue.net_revenue_month_reporting, 0) as net_revenue_month_reporting,
        coalesce(revenue.net_revenue_to_date_reporting, 0) as net_revenue_to_date_reporting,
        coalesce(revenue.orders_month, 0) as orders_month
    from states
    inner join profiles on states.customer_id = profiles.customer_id
    left join revenue
        on
            states.customer_id = revenue.customer_id
            and states.facts_before = revenue.month_end
    where not (profiles.profile_kind = 'device' and states.stage = 'lapsed_prospect')
)

select * from months
