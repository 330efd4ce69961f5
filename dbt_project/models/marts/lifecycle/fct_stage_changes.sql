with evaluated as (
    select * from {{ ref('int_stages_evaluated') }}
),

first_days as (
    select
        evaluated.*,
        row_number() over (partition by customer_id, stay_no order by facts_before) as day_no
    from evaluated
)

select
    customer_id || '|' || cast(stay_no as text) as stage_change_id,
    customer_id,
    evaluated_on as changed_on,
    facts_before,
    previous_stage as from_stage,
    stage as to_stage,
    stage_reason as reason
from first_days
where day_no = 1
