{{ config(materialized='view') }}

{%- set dates = [
    'touched_on', 'intent_on', 'offer_closed_on', 'form_on', 'answered_on', 'product_view_on',
    'sessions_since',
] %}

with touch_days as (
    select * from {{ ref('int_touch_days') }}
),

offers as (
    select * from {{ ref('int_offers') }}
),

profiles as (
    select * from {{ ref('int_lifecycle_profiles') }}
),

cancelled_days as (
    select distinct customer_id, order_date, counts_to
    from {{ ref('int_order_days_dated') }}
    where counts_to < {{ last_day_ever() }}
),

signals as (
    select
        customer_id,
        touch_date as signal_date,
        touch_date as touched_on,
        intent_on,
        cast(null as date) as offer_closed_on,
        form_on,
        answered_on,
        product_view_on,
        sessions_since,
        0 as offers_opened,
        0 as order_days_begun
    from touch_days
    union all
    -- Opening a deal or a quote is a touch, closing one is not; a quote is asked for.
    select
        customer_id,
        opened_on,
        opened_on,
        case when offer_kind = 'quote' then opened_on end,
        null,
        null,
        null,
        null,
        null,
        1,
        0
    from offers
    union all
    select customer_id, closed_on, null, null, closed_on, null, null, null, null, -1, 0
    from offers
    where closed_on is not null
    union all
    select customer_id, known_on, null, null, null, null, null, null, null, 0, 0
    from profiles
    union all
    -- While an order stands that was cancelled later, its buyer is no prospect.
    select customer_id, order_date, null, null, null, null, null, null, null, 0, 1
    from cancelled_days
    union all
    select customer_id, counts_to, null, null, null, null, null, null, null, 0, -1
    from cancelled_days
),

-- A prospect is one until the first order that stands: at the boundary of its day it is not
-- known yet.
days as (
    select
        signals.customer_id,
        signals.signal_date,
        {%- for column in dates %}
        max(signals.{{ column }}) as {{ column }},
        {%- endfor %}
        sum(signals.offers_opened) as offers_opened,
        sum(signals.order_days_begun) as order_days_begun
    from signals
    inner join profiles on signals.customer_id = profiles.customer_id
    where
        profiles.first_order_date is null
        or signals.signal_date < profiles.first_order_date
    group by signals.customer_id, signals.signal_date
),

-- What is known at the boundaries after each day, up to the next day with a signal.
known as (
    select
        customer_id,
        signal_date,
        {%- for column in dates %}
        max({{ column }}) over so_far as {{ column }},
        {%- endfor %}
        cast(sum(offers_opened) over so_far as bigint) as open_offers,
        sum(order_days_begun) over so_far > 0 as is_customer,
        lead(signal_date) over (partition by customer_id order by signal_date) as next_signal_date
    from days
    window so_far as (
        partition by customer_id order by signal_date
        rows between unbounded preceding and current row
    )
)

select
    known.*,
    greatest(
        {%- for column in dates[1:] %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as considered_on
from known
