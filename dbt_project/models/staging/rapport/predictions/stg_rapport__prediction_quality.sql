with checks as (
    select * from {{ source('value', 'quality') }}
    union all
    select * from {{ source('churn', 'quality') }}
    union all
    select * from {{ source('voice', 'quality') }}
)

select
    cast(prediction as text) as prediction,
    cast(model as text) as model,
    cast(holdout_start as date) as holdout_start,
    cast(holdout_end as date) as holdout_end,
    cast(customers as bigint) as customers,
    cast(metric as text) as metric,
    cast(value as double precision) as value,
    cast(naive_value as double precision) as naive_value,
    cast(is_published as boolean) as is_published,
    cast(reason as text) as reason,
    cast(reason_zh as text) as reason_zh
from checks
