with order_days as (
    select * from {{ ref('int_order_days_dated') }}
),

runs as (
    select * from {{ ref('int_population_gap_runs') }}
),

-- Immediately before an order the customer's gap is that of the order day before, and the
-- population's is that of the month in which the order falls.
before_order as (
    select
        customer_id,
        known_to,
        order_day_no,
        order_date,
        previous_order_date,
        own_gaps - 1 as own_gaps,
        own_gap_days_before as own_gap_days,
        {{ add_days('order_date', 1) }} as boundary
    from order_days
    where previous_order_date is not null
),

expected as (
    select
        before_order.*,
        {{ gap_sum(
            'before_order.own_gaps', 'before_order.own_gap_days', 'runs.population_gap_days'
        ) }} as gap_sum,
        {{ gap_weight('before_order.own_gaps') }} as gap_weight
    from before_order
    inner join runs
        on
            before_order.boundary >= runs.first_boundary
            and before_order.boundary <= runs.last_boundary
),

reactivations as (
    select
        customer_id,
        known_to,
        order_day_no,
        order_date as reactivated_on,
        {{ days_between('previous_order_date', 'order_date') }} as days_away
    from expected
    where
        {{ days_between('previous_order_date', 'order_date') }}
        >= {{ churn_after_days('gap_sum', 'gap_weight') }}
)

select * from reactivations
