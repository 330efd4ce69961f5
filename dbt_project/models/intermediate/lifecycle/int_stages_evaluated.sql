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

begun as (
    select compared.*, stage_before is null or stage_before <> stage as is_change
    from compared
),

numbered as (
    select
        begun.*,
        sum(case when is_change then 1 else 0 end) over (
            partition by customer_id order by facts_before
            rows between unbounded preceding and current row
        ) as stay_no
    from begun
),

-- Joined, as few rows begin a stay: carrying it from row to row takes several times as long.
stays as (
    select customer_id, stay_no, evaluated_on as stage_since, stage_before as previous_stage
    from numbered
    where is_change
)

select
    numbered.customer_id,
    numbered.facts_before,
    numbered.evaluated_on,
    numbered.stage,
    numbered.stage_reason,
    numbered.is_change,
    cast(numbered.stay_no as integer) as stay_no,
    stays.stage_since,
    stays.previous_stage,
    cast(numbered.order_days as integer) as order_days,
    cast(numbered.recency_days as integer) as recency_days,
    numbered.expected_gap_days,
    numbered.overdue
from numbered
inner join stays
    on numbered.customer_id = stays.customer_id and numbered.stay_no = stays.stay_no
