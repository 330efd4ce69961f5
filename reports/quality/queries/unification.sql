-- The last whole week: a day is too short for these.
select
    catalogue.name,
    catalogue.name_zh,
    kpis.value,
    kpis.previous_value,
    kpis.base_count,
    kpis.period_start
from rpt_kpis as kpis
inner join rpt_kpi_catalogue as catalogue on kpis.kpi_id = catalogue.kpi_id
where
    kpis.kpi_id in ('match_rate', 'completeness', 'stitch_rate')
    and kpis.segment_kind = :segment_kind
    and kpis.segment = :segment
    and kpis.period_kind = 'week'
    and kpis.period_start = (
        select max(period_start) from rpt_kpis where period_kind = 'week' and not is_partial
    )
order by catalogue.sort_order
