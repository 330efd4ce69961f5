select
    cast(scenario as text) as scenario,
    cast(record_key as text) as record_key,
    cast(customer_id as text) as customer_id
from {{ source('identity', 'scenario_customers') }}
