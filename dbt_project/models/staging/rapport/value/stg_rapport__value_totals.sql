select
    cast(horizon_days as integer) as horizon_days,
    cast(measure as text) as measure,
    cast(category_name as text) as category_name,
    cast(expected as double precision) as expected,
    cast(low as double precision) as low,
    cast(high as double precision) as high,
    cast(reason as text) as reason,
    cast(reason_zh as text) as reason_zh
from {{ source('value', 'totals') }}
