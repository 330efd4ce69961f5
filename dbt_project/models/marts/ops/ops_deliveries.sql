select
    source,
    entity,
    received,
    loaded,
    quarantined,
    superseded,
    duplicates
from {{ ref('stg_rapport__deliveries') }}
