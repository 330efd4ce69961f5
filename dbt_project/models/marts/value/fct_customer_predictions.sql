with predicted as (
    select * from {{ ref('stg_rapport__value_customers') }}
)

select
    customer_id,
    alive_probability,
    purchases_30_days,
    purchases_30_days_low,
    purchases_30_days_high,
    purchases_90_days,
    purchases_90_days_low,
    purchases_90_days_high,
    purchases_365_days,
    purchases_365_days_low,
    purchases_365_days_high,
    spend,
    value_12_months,
    value_12_months_low,
    value_12_months_high,
    next_category,
    value_tier,
    reason,
    reason_zh
from predicted
