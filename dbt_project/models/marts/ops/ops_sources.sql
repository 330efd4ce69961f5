select
    source,
    kind,
    is_required as required,
    last_interval_end,
    is_stale,
    late_hours
from {{ ref('stg_rapport__sources') }}
