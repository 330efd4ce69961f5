select
    cast(kpi_id as text) as kpi_id,
    cast(period_kind as text) as period_kind,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    cast(value as double precision) as value
from {{ source('published', 'kpis') }}
