select
    customers.customer_id,
    coalesce(customers.company_name, customers.full_name, customers.customer_id) as who,
    customers.value_tier,
    customers.recency_days,
    customers.expected_gap_days as gap_days,
    risk.revenue_at_risk_reporting as at_risk,
    customers.owner_name,
    customers.record_url
from dim_customers as customers
left join rpt_churn_risk as risk on customers.customer_id = risk.customer_id
where
    customers.stage = 'declining'
    and customers.value_tier in ('top', 'core')
    and customers.stage_since >= cast(:today as date) - cast(:declining_days as integer)
order by at_risk desc nulls last, customers.recency_days desc, customers.customer_id asc
