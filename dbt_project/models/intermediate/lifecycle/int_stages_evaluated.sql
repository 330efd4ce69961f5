with evaluated as (
    select
        customer_id,
        facts_before,
        evaluated_on,
        stage,
        stage_reason,
        order_days,
        recency_days,
        expected_gap_days,
        overdue
    from {{ ref('int_customer_stages_evaluated') }}
    union all
    select customer_id, facts_before, evaluated_on, stage, stage_reason, 0, null, null, null
    from {{ ref('int_prospect_stages_evaluated') }}
),

compared as (
    select
        evaluated.*,
        lag(stage) over (partition by customer_id order by facts_before) as stage_before
    from evaluated
),

-- Where a stay in a stage begins; the day comes first in what it brings, so that the latest wins.
begun as (
    select
        compared.*,
        stage_before is null or stage_before <> stage as is_change,
        case
            when stage_before is null then cast(facts_before as text)
            when stage_before <> stage then cast(facts_before as text) || stage_before
        end as stay_key
    from compared
),

stays as (
    select
        begun.*,
        sum(case when is_change then 1 else 0 end) over so_far as stay_no,
        max(case when is_change then evaluated_on end) over so_far as stage_since,
        max({{ by_bytes('stay_key') }}) over so_far as latest_stay_key
    from begun
    window so_far as (
        partition by customer_id order by facts_before
        rows between unbounded preceding and current row
    )
)

select
    customer_id,
    facts_before,
    evaluated_on,
    stage,
    stage_reason,
    is_change,
    cast(stay_no as integer) as stay_no,
    stage_since,
    nullif(substr(latest_stay_key, 11), '') as previous_stage,
    cast(order_days as integer) as order_days,
    cast(recency_days as integer) as recency_days,
    expected_gap_days,
    overdue
from stays
