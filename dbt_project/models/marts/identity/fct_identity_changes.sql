select
    change_no,
    as_of,
    change_kind,
    customer_id,
    record_key,
    previous_customer_id,
    reason
from {{ ref('stg_rapport__identity_changes') }}
