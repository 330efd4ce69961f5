select
    cast(alias_id as text) as alias_id,
    cast(customer_id as text) as customer_id,
    cast(since as timestamp) as since
from {{ source('identity', 'customer_aliases') }}
