select
    cast(rank as integer) as driver_rank,
    cast(driver as text) as driver,
    cast(name as text) as name,
    cast(name_zh as text) as name_zh,
    cast(customers_left as bigint) as customers_left,
    cast(customers_stayed as bigint) as customers_stayed,
    cast(left_mean as double precision) as left_mean,
    cast(stayed_mean as double precision) as stayed_mean,
    cast(difference as double precision) as difference,
    cast(difference_low as double precision) as difference_low,
    cast(difference_high as double precision) as difference_high,
    cast(effect as double precision) as effect,
    cast(effect_low as double precision) as effect_low,
    cast(effect_high as double precision) as effect_high,
    cast(is_certain as boolean) as is_certain,
    cast(explanation as text) as explanation,
    cast(explanation_zh as text) as explanation_zh
from {{ source('churn', 'causes') }}
