select
    window_id,
    segment_kind,
    segment,
    cast(revenue_with_cost - cost as double precision) as value,
    cast(revenue_with_cost - cost as double precision) as numerator,
    cast(null as double precision) as denominator,
    lines_with_cost as base_count
from {{ ref('int_kpi_sales_windows') }}
where segment_kind = 'all'
