select
    cast(customer_id as text) as customer_id,
    cast(moved_as_of as timestamp) as moved_as_of,
    cast(value_tier as text) as value_tier
from {{ source('value', 'tier_moves') }}
