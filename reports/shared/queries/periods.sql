-- The calendar of the published figures, the same for every reader.
select distinct
    period_kind,
    period_start,
    period_end,
    is_partial
from rpt_kpis
where segment_kind = 'all'
order by period_kind, period_start
