select
    kpi_id,
    period_kind,
    period_start,
    low,
    high
from rpt_identity_sensitivity
where period_kind = :period_kind
order by kpi_id, period_kind, period_start
