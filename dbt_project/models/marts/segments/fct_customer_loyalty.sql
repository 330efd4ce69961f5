with tiers as (
    select * from {{ ref('int_loyalty_tiers') }}
    where months_back = 0
)

select
    customer_id,
    held_tier,
    held_tier_since,
    accounts,
    points,
    earned_tier,
    tier_revenue_reporting,
    tier_difference
from tiers
where held_tier is not null or accounts is not null or earned_tier is not null
