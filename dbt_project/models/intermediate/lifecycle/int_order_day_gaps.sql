with order_days as (
    select * from {{ ref('int_order_days_dated') }}
),

-- The median of the gaps known on an order day: all up to it. A quadratic join per customer,
-- because no engine but one has the median as a window function.
medians as (
    select
        reached.customer_id,
        reached.known_to,
        reached.order_day_no,
        {{ median(days_between('earlier.previous_order_date', 'earlier.order_date')) }}
            as own_gap_days
    from order_days as reached
    inner join order_days as earlier
        on
            reached.customer_id = earlier.customer_id
            and reached.known_to = earlier.known_to
            and earlier.order_day_no between 2 and reached.order_day_no
    group by reached.customer_id, reached.known_to, reached.order_day_no
),

gaps as (
    select
        order_days.customer_id,
        order_days.known_to,
        order_days.order_day_no,
        order_days.order_date,
        order_days.first_boundary,
        order_days.last_boundary,
        order_days.order_day_no - 1 as own_gaps,
        medians.own_gap_days
    from order_days
    left join medians
        on
            order_days.customer_id = medians.customer_id
            and order_days.known_to = medians.known_to
            and order_days.order_day_no = medians.order_day_no
)

select * from gaps
