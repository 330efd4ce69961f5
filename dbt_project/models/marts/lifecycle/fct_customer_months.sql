with states as (
    select * from {{ ref('int_stages_evaluated') }}
    where instant_kind = 'month_end'
),

stays as (
    select * from {{ ref('int_stage_stays') }}
),

profiles as (
    select * from {{ ref('int_lifecycle_profiles') }}
),

revenue as (
    select * from {{ ref('int_customer_revenue_months') }}
),

months as (
    select
        states.customer_id || '|' || cast(states.facts_before as text) as customer_month_id,
        states.customer_id,
        states.facts_before as month_end,
        profiles.profile_kind,
        states.stage,
        states.stage_reason,
        stays.stage_since,
        stays.previous_stage,
        states.recency_days,
        states.expected_gap_days,
        states.overdue,
        states.order_days as order_days_to_date,
        coalesce(revenue.net_revenue_month_reporting, 0) as net_revenue_month_reporting,
        coalesce(revenue.net_revenue_to_date_reporting, 0) as net_revenue_to_date_reporting,
        coalesce(revenue.orders_month, 0) as orders_month
    from states
    left join revenue
        on
            states.customer_id = revenue.customer_id
            and states.facts_before = revenue.month_end
    inner join profiles on states.customer_id = profiles.customer_id
    inner join stays
        on
            states.customer_id = stays.customer_id
            and states.facts_before >= stays.first_boundary
            and states.facts_before <= stays.last_boundary
    where not (profiles.profile_kind = 'device' and states.stage = 'lapsed_prospect')
)

select * from months
