select
    cast(key_kind as text) as key_kind,
    cast(key_value as text) as key_value,
    cast(records as bigint) as records
from {{ source('identity', 'shared_keys') }}
