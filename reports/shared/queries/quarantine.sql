select
    source,
    entity,
    rule,
    cast(sum("rows") as bigint) as quarantined
from ops_quarantine
group by source, entity, rule
order by quarantined desc, source asc, entity asc, rule asc
