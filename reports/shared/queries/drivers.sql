-- A channel of marketing has a name; those of orders and other segments are called as they are.
select
    drivers.kpi_id,
    drivers.segment_kind,
    drivers.segment,
    channels.channel_name as segment_name,
    channels.channel_name_zh as segment_name_zh,
    drivers.driver_rank,
    drivers.change,
    drivers.previous_segment_value,
    drivers.segment_value,
    drivers.previous_segment_share,
    drivers.segment_share,
    drivers.mix_effect,
    drivers.rate_effect,
    drivers.contribution,
    drivers.share_of_change
from rpt_kpi_drivers as drivers
left join dim_channels as channels
    on drivers.segment_kind = 'channel' and drivers.segment = channels.channel
where drivers.period_kind = :period_kind and drivers.period_start = :period_start
order by drivers.kpi_id, drivers.driver_rank
