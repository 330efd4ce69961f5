with totals as (
    select * from {{ ref('stg_rapport__value_totals') }}
)

select
    cast(horizon_days as text) || '|' || measure || '|' || coalesce(category_name, '')
        as forecast_id,
    {{ as_of_date() }} as forecast_on,
    horizon_days,
    measure,
    category_name,
    expected,
    low,
    high,
    reason,
    reason_zh
from totals
