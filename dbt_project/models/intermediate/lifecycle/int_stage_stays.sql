with changes as (
    select * from {{ ref('fct_stage_changes') }}
),

stays as (
    select
        customer_id,
        to_stage as stage,
        changed_on as stage_since,
        from_stage as previous_stage,
        facts_before as first_boundary,
        lead(facts_before) over (partition by customer_id order by facts_before) as next_boundary
    from changes
)

select
    customer_id,
    stage,
    stage_since,
    previous_stage,
    first_boundary,
    coalesce({{ add_days('next_boundary', -1) }}, {{ last_day_ever() }}) as last_boundary
from stays
