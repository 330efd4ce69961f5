select
    stage,
    stage_order,
    stage_name,
    stage_name_zh,
    stage_six,
    stage_six_zh,
    stage_five,
    stage_five_zh,
    stage_four,
    stage_four_zh,
    explanation,
    explanation_zh
from dim_lifecycle_stages
order by stage_order
