select
    cast(record_key as text) as record_key,
    cast(customer_id as text) as customer_id,
    cast(link_rule as text) as link_rule
from {{ source('identity', 'record_customers') }}
