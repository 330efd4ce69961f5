select
    cast(customer_id as text) as customer_id,
    cast(churn_probability_90_days as double precision) as churn_probability_90_days,
    cast(model as text) as model,
    cast(reasons as text) as reasons,
    cast(reasons_zh as text) as reasons_zh
from {{ source('churn', 'customers') }}
