select
    cast(source as text) as source,
    cast(entity as text) as entity,
    cast(received as bigint) as received,
    cast(loaded as bigint) as loaded,
    cast(quarantined as bigint) as quarantined,
    cast(superseded as bigint) as superseded,
    cast(duplicates as bigint) as duplicates
from {{ source('ops', 'deliveries') }}
