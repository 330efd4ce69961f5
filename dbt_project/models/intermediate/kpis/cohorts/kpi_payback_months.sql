select
    window_id,
    'all' as segment_kind,
    'all' as segment,
    cast(payback_months as double precision) as value,
    cast(payback_months as double precision) as numerator,
    cast(null as double precision) as denominator,
    customers as base_count
from {{ ref('int_kpi_cohorts') }}
