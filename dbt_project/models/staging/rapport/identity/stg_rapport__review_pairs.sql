select
    cast(left_key as text) as left_key,
    cast(right_key as text) as right_key,
    cast(match_weight as double precision) as match_weight,
    cast(probability as double precision) as probability,
    cast(kind as text) as kind,
    cast(reason as text) as reason
from {{ source('identity', 'review_pairs') }}
