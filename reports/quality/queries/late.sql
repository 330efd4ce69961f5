select
    source,
    late_hours
from ops_sources
where is_stale
order by late_hours desc nulls first, source asc
