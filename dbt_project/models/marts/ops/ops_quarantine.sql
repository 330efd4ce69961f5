select
    source,
    entity,
    rule,
    interval_date,
    rows
from {{ ref('stg_rapport__quarantine') }}
