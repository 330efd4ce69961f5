with order_days as (
    select * from {{ ref('int_order_days_dated') }}
),

runs as (
    select * from {{ ref('int_population_gap_runs') }}
),

reactivations as (
    select * from {{ ref('int_reactivations') }}
),

-- From the boundary after an order day up to the next order day, within a stretch without
-- cancellations.
order_spans as (
    select
        order_days.customer_id,
        order_days.known_to,
        order_days.order_day_no,
        order_days.order_date as last_order_date,
        order_days.first_order_date,
        order_days.previous_order_date,
        order_days.own_gaps,
        order_days.own_gap_days,
        max(reactivations.reactivated_on) over customer_so_far as reactivated_on,
        max({{ add_days('reactivations.reactivated_on', '-reactivations.days_away') }})
            over customer_so_far as away_from,
        order_days.first_boundary,
        least(order_days.last_boundary, {{ as_of_boundary() }}) as last_boundary
    from order_days
    left join reactivations
        on
            order_days.customer_id = reactivations.customer_id
            and order_days.known_to = reactivations.known_to
            and order_days.order_day_no = reactivations.order_day_no
    window customer_so_far as (
        partition by order_days.customer_id, order_days.known_to
        order by order_days.order_day_no
    )
),

-- Cut where the population's gap changes: within a span every threshold is one number of days.
cut as (
    select
        order_spans.customer_id,
        order_spans.order_day_no,
        order_spans.first_order_date,
        order_spans.last_order_date,
        order_spans.previous_order_date,
        order_spans.reactivated_on,
        {{ days_between('order_spans.away_from', 'order_spans.reactivated_on') }} as days_away,
        {{ gap_sum(
            'order_spans.own_gaps', 'order_spans.own_gap_days', 'runs.population_gap_days'
        ) }} as gap_sum,
        {{ gap_weight('order_spans.own_gaps') }} as gap_weight,
        greatest(order_spans.first_boundary, runs.first_boundary) as first_boundary,
        least(order_spans.last_boundary, runs.last_boundary) as last_boundary
    from order_spans
    inner join runs
        on
            order_spans.first_boundary <= runs.last_boundary
            and order_spans.last_boundary >= runs.first_boundary
    where order_spans.first_boundary <= order_spans.last_boundary
),

spans as (
    select
        cut.*,
        {{ churn_after_days('gap_sum', 'gap_weight') }} as churn_after_days,
        {{ decline_after_days('gap_sum', 'gap_weight') }} as decline_after_days
    from cut
)

select * from spans
