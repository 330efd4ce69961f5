{{ config(materialized='view') }}

select
    customer_id,
    instant_kind,
    facts_before,
    evaluated_on,
    stage,
    stage_reason,
    cast(order_days as integer) as order_days,
    cast(recency_days as integer) as recency_days,
    expected_gap_days,
    overdue
from {{ ref('int_customer_stages_evaluated') }}
union all
select
    customer_id,
    instant_kind,
    facts_before,
    evaluated_on,
    stage,
    stage_reason,
    0 as order_days,
    null as recency_days,
    null as expected_gap_days,
    null as overdue
from {{ ref('int_prospect_stages_evaluated') }}
