with calibration as (
    select * from {{ ref('stg_rapport__prediction_calibration') }}
)

select
    prediction || '|' || model || '|' || cast(decile as text) as prediction_calibration_id,
    prediction,
    model,
    decile,
    customers,
    predicted,
    actual
from calibration
