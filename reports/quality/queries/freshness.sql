select
    source,
    case when required then 'required' else 'optional' end as need,
    last_interval_end,
    case when is_stale then late_hours end as late_hours,
    case when is_stale and required then 'bad' when is_stale then 'watch' else 'none' end as tone
from ops_sources
order by is_stale desc, source asc
