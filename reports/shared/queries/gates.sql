select
    gate,
    severity,
    outcome,
    cast(count(*) as bigint) as checks
from ops_gates
group by gate, severity, outcome
order by gate, severity, outcome
