select
    source,
    entity,
    rule,
    rows
from {{ ref('stg_rapport__quarantine') }}
