select
    cast(gate as text) as gate,
    cast(source as text) as source,
    cast(entity as text) as entity,
    cast(severity as text) as severity,
    cast(rule as text) as rule,
    cast(outcome as text) as outcome,
    cast(failed_rows as bigint) as failed_rows,
    cast(checked_rows as bigint) as checked_rows,
    cast(interval_start as timestamp) as interval_start,
    cast(interval_end as timestamp) as interval_end
from {{ source('ops', 'gates') }}
