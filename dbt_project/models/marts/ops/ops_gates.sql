select
    gate,
    source,
    entity,
    severity,
    rule,
    outcome,
    failed_rows,
    checked_rows,
    interval_start,
    interval_end
from {{ ref('stg_rapport__gates') }}
