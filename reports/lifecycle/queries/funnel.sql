select
    origin.stage_name as from_name,
    origin.stage_name_zh as from_name_zh,
    coalesce(goal.stage_name, 'First order') as to_name,
    coalesce(goal.stage_name_zh, '首次下单') as to_name_zh,
    funnel.entered,
    funnel.moved_share,
    funnel.median_days
from rpt_funnel as funnel
inner join dim_lifecycle_stages as origin on funnel.from_stage = origin.stage
left join dim_lifecycle_stages as goal on funnel.to_step = goal.stage
where funnel.period_kind = :period_kind and funnel.period_start = :period_start
order by funnel.step_order
