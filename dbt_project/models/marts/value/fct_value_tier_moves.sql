with moves as (
    select * from {{ ref('stg_rapport__value_tier_moves') }}
),

-- Of merged customers the one that goes on keeps its own moves.
customers as (
    select customer_id from {{ ref('stg_rapport__value_customers') }}
),

dated as (
    select
        customer_id,
        moved_as_of,
        value_tier,
        lag(value_tier) over (partition by customer_id order by moved_as_of) as previous_value_tier
    from moves
)

select
    dated.customer_id || '|' || cast(dated.moved_as_of as text) as value_tier_move_id,
    dated.customer_id,
    {{ business_date('dated.moved_as_of') }} as moved_on,
    dated.moved_as_of,
    dated.value_tier,
    dated.previous_value_tier
from dated
inner join customers on dated.customer_id = customers.customer_id
