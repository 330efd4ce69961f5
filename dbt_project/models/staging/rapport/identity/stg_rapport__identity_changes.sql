select
    cast(change_no as bigint) as change_no,
    cast(as_of as timestamp) as as_of,
    cast(change_kind as text) as change_kind,
    cast(customer_id as text) as customer_id,
    cast(record_key as text) as record_key,
    cast(previous_customer_id as text) as previous_customer_id,
    cast(reason as text) as reason
from {{ source('identity', 'identity_changes') }}
