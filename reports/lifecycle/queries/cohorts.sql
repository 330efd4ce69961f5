select
    cohort_month,
    customers,
    acquisition_cost,
    lifetime_value,
    payback_months
from rpt_cohorts
where cohort_month < :period_end
order by cohort_month desc
limit 12
