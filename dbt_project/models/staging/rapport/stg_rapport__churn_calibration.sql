select
    cast(prediction as text) as prediction,
    cast(model as text) as model,
    cast(decile as integer) as decile,
    cast(customers as bigint) as customers,
    cast(predicted as double precision) as predicted,
    cast(actual as double precision) as actual
from {{ source('churn', 'calibration') }}
