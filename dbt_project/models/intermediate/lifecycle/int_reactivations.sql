with order_days as (
    select * from {{ ref('int_order_days_dated') }}
),

gaps as (
    select * from {{ ref('int_order_day_gaps') }}
),

runs as (
    select * from {{ ref('int_population_gap_runs') }}
),

-- Immediately before an order the customer's gap is that of the order day before, and the
-- population's is that of the month in which the order falls.
before_order as (
    select
        order_days.customer_id,
        order_days.known_to,
        order_days.order_day_no,
        order_days.order_date,
        order_days.previous_order_date,
        {{ gap_sum('gaps.own_gaps', 'gaps.own_gap_days', 'runs.population_gap_days') }} as gap_sum,
        {{ gap_weight('gaps.own_gaps') }} as gap_weight
    from order_days
    inner join gaps
        on
            order_days.customer_id = gaps.customer_id
            and order_days.known_to = gaps.known_to
            and order_days.order_day_no = gaps.order_day_no + 1
    inner join runs
        on
            {{ add_days('order_days.order_date', 1) }} >= runs.first_boundary
            and {{ add_days('order_days.order_date', 1) }} <= runs.last_boundary
),

reactivations as (
    select
        customer_id,
        known_to,
        order_day_no,
        order_date as reactivated_on,
        {{ days_between('previous_order_date', 'order_date') }} as days_away
    from before_order
    where
        {{ days_between('previous_order_date', 'order_date') }}
        >= {{ churn_after_days('gap_sum', 'gap_weight') }}
)

select * from reactivations
