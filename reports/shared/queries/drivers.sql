select
    kpi_id,
    segment_kind,
    segment,
    driver_rank,
    change,
    previous_segment_value,
    segment_value,
    previous_segment_share,
    segment_share,
    mix_effect,
    rate_effect,
    contribution,
    share_of_change
from rpt_kpi_drivers
where period_kind = :period_kind and period_start = :period_start
order by kpi_id, driver_rank
