select
    kpi_id,
    period_kind,
    period_start,
    low,
    high
from marts.rpt_identity_sensitivity
where period_kind in ('week', 'month')
order by kpi_id, period_kind, period_start
