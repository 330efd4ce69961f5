with stages as (
    select * from {{ ref('lifecycle_stages') }}
)

select
    stage,
    cast(stage_order as integer) as stage_order,
    stage_name,
    stage_name_zh,
    cast(is_customer as boolean) as is_customer,
    stage_six,
    stage_six_zh,
    stage_five,
    stage_five_zh,
    stage_four,
    stage_four_zh,
    explanation,
    explanation_zh
from stages
