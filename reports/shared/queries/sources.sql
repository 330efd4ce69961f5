select
    source,
    kind,
    required,
    last_interval_end,
    is_stale,
    late_hours
from ops_sources
order by source
