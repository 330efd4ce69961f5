select
    cast(source as text) as source,
    cast(entity as text) as entity,
    cast(rule as text) as rule,
    cast(interval_date as date) as interval_date,
    cast(rows as bigint) as rows
from {{ source('ops', 'quarantine') }}
