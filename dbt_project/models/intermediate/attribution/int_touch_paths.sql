with

touches as (
    select * from {{ ref('int_attribution_touches') }}
),

orders as (
    select * from {{ ref('int_order_conversions') }}
),

-- Orders of one business day are one conversion, at the time of the last of them.
conversions as (
    select
        customer_id,
        order_date,
        max(converted_at) as converted_at
    from orders
    where customer_id is not null
    group by customer_id, order_date
),

-- At one instant the touch comes first: the session in which an order is placed precedes it.
events as (
    select
        customer_id,
        touched_at as event_at,
        0 as event_order,
        touch_id,
        channel,
        cast(null as date) as order_date
    from touches
    union all
    select
        customer_id,
        converted_at as event_at,
        1 as event_order,
        null as touch_id,
        null as channel,
        order_date
    from conversions
),

-- A path ends with an order, or with a pause longer than the window.
neighbours as (
    select
        events.*,
        row_number() over in_order as event_number,
        case
            when lag(event_order) over in_order = 0
                and {{ in_attribution_window('lag(event_at) over in_order', 'event_at') }}
                then 0
            else 1
        end as begins_path,
        -- Read backwards: PostgreSQL adds up a frame anew whose beginning moves.
        min(order_date) over (
            partition by customer_id
            order by event_at desc, event_order desc, {{ by_bytes('touch_id') }} desc
            rows between unbounded preceding and current row
        ) as next_order_date
    from events
    window
        in_order as (
            partition by customer_id order by event_at, event_order, {{ by_bytes('touch_id') }}
        )
),

numbered as (
    select
        neighbours.*,
        sum(begins_path) over (
            partition by customer_id order by event_number rows unbounded preceding
        ) as path_number
    from neighbours
),

paths as (
    select
        numbered.*,
        event_number - min(event_number) over path + 1 as touch_number,
        max(order_date) over path as converted_date,
        max(event_at) over path as last_at
    from numbered
    window path as (partition by customer_id, path_number)
)

-- A path without an order is known to have failed once the window after its last touch is over.
select
    touch_id,
    customer_id,
    path_number,
    touch_number,
    event_at as touched_at,
    channel,
    next_order_date,
    converted_date is not null as is_converted,
    coalesce(
        converted_date,
        {{ business_date(add_time('last_at', var('attribution_window_days'), 'day')) }}
    ) as ended_on
from paths
where touch_id is not null
