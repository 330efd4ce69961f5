select
    source,
    kind,
    required,
    last_interval_end,
    is_stale,
    late_hours
from marts.ops_sources
order by source
