select
    cast(source as text) as source,
    cast(entity as text) as entity,
    cast(rule as text) as rule,
    cast(rows as bigint) as rows
from {{ source('ops', 'quarantine') }}
