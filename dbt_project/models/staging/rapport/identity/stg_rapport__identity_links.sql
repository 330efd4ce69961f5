select
    cast(left_key as text) as left_key,
    cast(right_key as text) as right_key,
    cast(rule as text) as rule,
    cast(evidence as text) as evidence,
    cast(weight as double precision) as weight,
    cast(is_cut as boolean) as is_cut
from {{ source('identity', 'identity_links') }}
