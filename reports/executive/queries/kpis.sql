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
from marts.rpt_kpis
where segment_kind = 'all' and period_kind in ('week', 'month')
order by kpi_id, period_kind, period_start
