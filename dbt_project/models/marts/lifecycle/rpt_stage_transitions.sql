with months as (
    select * from {{ ref('fct_customer_months') }}
    where profile_kind <> 'device'
),

transitions as (
    select
        later.month_end,
        earlier.stage as from_stage,
        later.stage as to_stage,
        count(*) as customers
    from months as later
    inner join months as earlier
        on
            later.customer_id = earlier.customer_id
            and later.month_end = {{ add_months('earlier.month_end', 1) }}
    group by later.month_end, earlier.stage, later.stage
)

select
    cast(month_end as text) || '|' || from_stage || '|' || to_stage as stage_transition_id,
    month_end,
    from_stage,
    to_stage,
    customers
from transitions
