with evaluated as (
    select customer_id, facts_before, evaluated_on, stage, stage_reason
    from {{ ref('int_customer_stages_evaluated') }}
    union all
    select customer_id, facts_before, evaluated_on, stage, stage_reason
    from {{ ref('int_prospect_stages_evaluated') }}
),

compared as (
    select
        evaluated.*,
        lag(stage) over (partition by customer_id order by facts_before) as stage_before
    from evaluated
),

-- Neighbours of the same stage are one stay.
stays as (
    select
        compared.*,
        sum(case when stage_before is null or stage_before <> stage then 1 else 0 end) over (
            partition by customer_id order by facts_before
            rows between unbounded preceding and current row
        ) as stay_no
    from compared
),

dated as (
    select
        customer_id,
        facts_before,
        evaluated_on,
        stage,
        stage_reason,
        cast(stay_no as integer) as stay_no,
        min(evaluated_on) over (partition by customer_id, stay_no) as stage_since,
        first_value(stage_before) over (
            partition by customer_id, stay_no order by facts_before
            rows between unbounded preceding and current row
        ) as previous_stage
    from stays
)

select * from dated
