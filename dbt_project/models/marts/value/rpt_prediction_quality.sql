with quality as (
    select * from {{ ref('stg_rapport__prediction_quality') }}
)

select
    prediction || '|' || model || '|' || metric as prediction_quality_id,
    prediction,
    model,
    metric,
    {{ as_of_date() }} as evaluated_on,
    holdout_start,
    holdout_end,
    customers,
    value,
    naive_value,
    is_published,
    reason,
    reason_zh
from quality
