with moves as (
    select
        month_end,
        from_stage,
        to_stage,
        sum(customers) as customers
    from rpt_stage_transitions
    where month_end = (
        select max(month_end) from rpt_stage_transitions where month_end <= :period_end
    )
    group by month_end, from_stage, to_stage
),

totals as (
    select
        from_stage,
        sum(customers) as customers
    from moves
    group by from_stage
)

select
    cast(moves.month_end - interval 1 day as date) as month,
    moves.from_stage,
    moves.to_stage,
    origin.stage_name as from_name,
    origin.stage_name_zh as from_name_zh,
    goal.stage_name as to_name,
    goal.stage_name_zh as to_name_zh,
    cast(moves.customers as bigint) as customers,
    cast(moves.customers as double) / nullif(totals.customers, 0) as share
from moves
inner join totals on moves.from_stage = totals.from_stage
inner join dim_lifecycle_stages as origin on moves.from_stage = origin.stage
inner join dim_lifecycle_stages as goal on moves.to_stage = goal.stage
where moves.from_stage <> moves.to_stage and (origin.is_customer or goal.is_customer)
order by moves.customers desc, origin.stage_order asc, goal.stage_order asc
