select
    source,
    cast(sum(received) as bigint) as received,
    cast(sum(loaded) as bigint) as loaded,
    cast(sum(quarantined) as bigint) as quarantined,
    cast(sum(superseded) as bigint) as superseded,
    cast(sum(duplicates) as bigint) as duplicates
from ops_deliveries
group by source
order by source
