with evaluated as (
    select * from {{ ref('int_stages_evaluated') }}
    where instant_kind = 'change'
),

compared as (
    select
        evaluated.*,
        lag(stage) over (partition by customer_id order by facts_before) as stage_before
    from evaluated
),

numbered as (
    select
        compared.*,
        row_number() over (partition by customer_id order by facts_before) as stay_no
    from compared
    where stage_before is null or stage_before <> stage
)

select
    customer_id || '|' || cast(stay_no as text) as stage_change_id,
    customer_id,
    evaluated_on as changed_on,
    facts_before,
    stage_before as from_stage,
    stage as to_stage,
    stage_reason as reason
from numbered
