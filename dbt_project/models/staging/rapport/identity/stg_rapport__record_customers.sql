select
    cast(record_key as text) as record_key,
    cast(customer_id as text) as customer_id,
    cast(link_rule as text) as link_rule,
    cast(account_id as text) as account_id,
    cast(link_weight as double precision) as link_weight
from {{ source('identity', 'record_customers') }}
