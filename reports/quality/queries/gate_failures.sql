select
    gate,
    severity,
    rule,
    failed_rows,
    checked_rows,
    gate || coalesce(', ' || entity, '') as place,
    case when severity = 'critical' then 'bad' else 'watch' end as tone
from ops_gates
where outcome <> 'passed'
order by severity asc, failed_rows desc nulls last, gate asc, entity asc, rule asc
