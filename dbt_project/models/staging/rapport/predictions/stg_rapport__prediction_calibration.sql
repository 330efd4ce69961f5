with checks as (
    select * from {{ source('value', 'calibration') }}
    union all
    select * from {{ source('churn', 'calibration') }}
)

select
    cast(prediction as text) as prediction,
    cast(model as text) as model,
    cast(decile as integer) as decile,
    cast(customers as bigint) as customers,
    cast(predicted as double precision) as predicted,
    cast(actual as double precision) as actual
from checks
