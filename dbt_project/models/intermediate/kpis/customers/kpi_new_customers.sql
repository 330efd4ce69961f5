select
    window_id,
    segment_kind,
    segment,
    cast(new_customers as double precision) as value,
    cast(new_customers as double precision) as numerator,
    cast(null as double precision) as denominator,
    new_customers as base_count
from {{ ref('int_kpi_new_customers') }}
