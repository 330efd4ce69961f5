with orders as (
    select * from {{ ref('int_orders_placed') }}
    where not is_quote and customer_id is not null
),

-- A day counts until the last of its orders is cancelled, and never if that was on the day itself.
placed as (
    select
        customer_id,
        order_date,
        max(coalesce({{ business_date('cancelled_at') }}, {{ last_day_ever() }})) as counts_to
    from orders
    group by customer_id, order_date
),

counted as (
    select * from placed
    where counts_to > order_date
),

-- Between two days of cancellations a customer's orders are the same: nobody else is cut.
cuts as (
    select
        customer_id,
        counts_to as known_to,
        lag(counts_to) over (partition by customer_id order by counts_to) as cut_on
    from (select distinct customer_id, counts_to from counted) as cuts
),

-- What is ordered after a stretch is not known in it.
known as (
    select
        counted.customer_id,
        counted.order_date,
        counted.counts_to,
        cuts.known_to,
        coalesce({{ add_days('cuts.cut_on', 1) }}, {{ first_day_ever() }}) as known_from
    from counted
    inner join cuts
        on
            counted.customer_id = cuts.customer_id
            and counted.counts_to >= cuts.known_to
            and counted.order_date < cuts.known_to
),

numbered as (
    select
        known.*,
        row_number() over customer_days as order_day_no,
        min(order_date) over (partition by customer_id, known_to) as first_order_date,
        lag(order_date) over customer_days as previous_order_date,
        lead(order_date) over customer_days as next_order_date
    from known
    window customer_days as (partition by customer_id, known_to order by order_date)
),

bounded as (
    select
        numbered.*,
        {{ days_between('previous_order_date', 'order_date') }} as gap_days,
        greatest({{ add_days('order_date', 1) }}, known_from) as first_boundary,
        least(coalesce(next_order_date, {{ last_day_ever() }}), known_to) as last_boundary
    from numbered
),

-- A day of a stretch tells its gaps where it is the last one at some boundary, and a pause that may
-- have ended churn. Without the others stretches do not hold all order days each.
decisive as (
    select
        bounded.*,
        first_boundary <= last_boundary
        or coalesce(gap_days >= {{ churn_least_days() }}, false) as is_decisive
    from bounded
),

-- A pause is judged by the gaps before it.
wanted as (
    select
        decisive.*,
        is_decisive
        or coalesce(lead(is_decisive) over (
            partition by customer_id, known_to order by order_date
        ), false) as is_wanted
    from decisive
),

measured as (
    {{ with_median_gaps('wanted') }}
),

known_before as (
    select
        measured.*,
        order_day_no - 1 as own_gaps,
        lag(own_gap_days) over (
            partition by customer_id, known_to order by order_day_no
        ) as own_gap_days_before
    from measured
)

select
    customer_id,
    order_date,
    counts_to,
    known_to,
    order_day_no,
    first_order_date,
    previous_order_date,
    own_gaps,
    own_gap_days,
    own_gap_days_before,
    first_boundary,
    last_boundary
from known_before
where is_decisive
