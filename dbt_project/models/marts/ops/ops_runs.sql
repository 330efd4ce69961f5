select
    run_id,
    step,
    source,
    entity,
    interval_start,
    interval_end,
    rows,
    bytes,
    seconds,
    status,
    started_at
from {{ ref('stg_rapport__runs') }}
