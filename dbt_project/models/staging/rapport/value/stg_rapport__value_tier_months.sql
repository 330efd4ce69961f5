select
    cast(customer_id as text) as customer_id,
    cast(month_end as date) as month_end,
    cast(value_tier as text) as value_tier,
    cast(value_12_months as double precision) as value_12_months
from {{ source('value', 'tier_months') }}
