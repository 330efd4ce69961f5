with instants as (
    select * from {{ ref('int_customer_instants') }}
),

spans as (
    select * from {{ ref('int_customer_spans') }}
),

measured as (
    select
        instants.customer_id,
        instants.facts_before,
        instants.evaluated_on,
        spans.order_day_no as order_days,
        spans.days_away,
        spans.churn_after_days,
        spans.decline_after_days,
        spans.last_order_date,
        {{ days_between('spans.last_order_date', 'instants.evaluated_on') }} as recency_days,
        {{ days_between('spans.reactivated_on', 'instants.evaluated_on') }} as reactivated_days,
        {{ days_between('spans.first_order_date', 'spans.last_order_date') }} as ordering_days,
        {{ ratio('spans.gap_sum', 'spans.gap_weight') }} as expected_gap_days,
        {{ days_between('spans.last_order_date', 'instants.evaluated_on') }}
        * spans.gap_weight / spans.gap_sum as overdue
    from instants
    inner join spans
        on
            instants.customer_id = spans.customer_id
            and instants.first_boundary = spans.first_boundary
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
