select
    month_end,
    from_stage,
    to_stage,
    customers
from rpt_stage_transitions
order by month_end, from_stage, to_stage
