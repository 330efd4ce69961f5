select
    kpi_id,
    period_kind,
    period_start,
    period_end,
    is_partial,
    value,
    numerator,
    denominator,
    base_count,
    previous_value,
    last_year_value,
    target,
    status
from rpt_kpis
where segment_kind = :segment_kind and segment = :segment and period_kind = :period_kind
order by kpi_id, period_kind, period_start
