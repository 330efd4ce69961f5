select
    cast(source as text) as source,
    cast(kind as text) as kind,
    cast(required as boolean) as is_required,
    cast(last_interval_end as timestamp) as last_interval_end,
    cast(is_stale as boolean) as is_stale,
    cast(late_hours as double precision) as late_hours
from {{ source('ops', 'sources') }}
