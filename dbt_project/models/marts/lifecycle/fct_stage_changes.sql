with evaluated as (
    select * from {{ ref('int_stages_evaluated') }}
)

select
    customer_id || '|' || cast(stay_no as text) as stage_change_id,
    customer_id,
    evaluated_on as changed_on,
    facts_before,
    previous_stage as from_stage,
    stage as to_stage,
    stage_reason as reason
from evaluated
where is_change
