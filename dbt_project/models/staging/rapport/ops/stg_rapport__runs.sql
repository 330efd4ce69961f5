select
    cast(run_id as text) as run_id,
    cast(step as text) as step,
    cast(source as text) as source,
    cast(entity as text) as entity,
    cast(interval_start as timestamp) as interval_start,
    cast(interval_end as timestamp) as interval_end,
    cast(rows as bigint) as rows,
    cast(bytes as bigint) as bytes,
    cast(seconds as double precision) as seconds,
    cast(status as text) as status,
    cast(started_at as timestamp) as started_at
from {{ source('ops', 'runs') }}
