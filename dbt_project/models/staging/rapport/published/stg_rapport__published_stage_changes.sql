select
    cast(customer_id as text) as customer_id,
    cast(facts_before as date) as facts_before,
    cast(to_stage as text) as to_stage
from {{ source('published', 'stage_changes') }}
