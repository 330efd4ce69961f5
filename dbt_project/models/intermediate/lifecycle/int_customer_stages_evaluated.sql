{{ config(materialized='view') }}

with instants as (
    select * from {{ ref('int_customer_instants') }}
),

measured as (
    select
        customer_id,
        instant_kind,
        facts_before,
        evaluated_on,
        order_day_no as order_days,
        days_away,
        churn_after_days,
        decline_after_days,
        last_order_date,
        {{ days_between('last_order_date', 'evaluated_on') }} as recency_days,
        {{ days_between('reactivated_on', 'evaluated_on') }} as reactivated_days,
        {{ days_between('first_order_date', 'last_order_date') }} as ordering_days,
        {{ ratio('gap_sum', 'gap_weight') }} as expected_gap_days,
        {{ days_between('last_order_date', 'evaluated_on') }}
        * gap_weight / gap_sum as overdue
    from instants
),

-- Rules 1 to 6 of docs/numbers.md; the first that matches wins.
staged as (
    select
        measured.*,
        case
            when recency_days >= churn_after_days then 'churned'
            when recency_days >= decline_after_days then 'declining'
            when reactivated_days <= {{ var('reactivation_days') }} then 'reactivated'
            when order_days = 1 and recency_days <= {{ var('new_days') }} then 'new'
            when
                order_days >= {{ var('loyal_min_orders') }}
                and ordering_days >= {{ var('loyal_min_days') }}
                then 'loyal'
            else 'developing'
        end as stage
    from measured
),

explained as (
    select
        staged.*,
        {{ customer_stage_reason() }} as stage_reason
    from staged
)

select * from explained
