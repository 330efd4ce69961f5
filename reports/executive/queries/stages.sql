select
    stage,
    stage_order,
    stage_six,
    stage_five,
    stage_four,
    explanation
from marts.dim_lifecycle_stages
order by stage_order
