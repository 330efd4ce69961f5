select
    window_id,
    segment_kind,
    segment,
    cast(orders as double precision) as value,
    cast(orders as double precision) as numerator,
    cast(null as double precision) as denominator,
    orders as base_count
from {{ ref('int_kpi_sales_windows') }}
