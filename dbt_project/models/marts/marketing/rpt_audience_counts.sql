with candidates as (
    select * from {{ ref('int_audience_candidates') }}
)

select
    audience || '|' || channel || '|' || outcome as audience_count_id,
    audience,
    channel,
    outcome,
    count(*) as people,
    count(distinct customer_id) as customers
from candidates
group by audience, channel, outcome
