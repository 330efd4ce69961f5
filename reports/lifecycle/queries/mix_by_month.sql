-- A month end is the first day of the month after, so that the month itself is the day before.
select
    cast(mix.month_end - interval 1 day as date) as month,
    stages.stage_name,
    stages.stage_name_zh,
    cast(sum(mix.profiles) as bigint) as customers
from rpt_stage_mix as mix
inner join dim_lifecycle_stages as stages on mix.stage = stages.stage
where
    stages.is_customer
    and mix.profile_kind <> 'device'
    and mix.month_end <= :period_end
    and mix.month_end > cast(:period_end as date) - interval 13 month
group by mix.month_end, stages.stage_name, stages.stage_name_zh, stages.stage_order
order by mix.month_end, stages.stage_order
