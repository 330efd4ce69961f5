with order_days as (
    select * from {{ ref('int_order_days_dated') }}
),

medians as (
    {{ median_gaps('order_days') }}
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
