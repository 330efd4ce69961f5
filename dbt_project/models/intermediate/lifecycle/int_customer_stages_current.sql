with evaluated as (
    select * from {{ ref('int_stages_evaluated') }}
    where instant_kind = 'as_of'
),

stays as (
    select * from {{ ref('int_stage_stays') }}
    where last_boundary = {{ last_day_ever() }}
),

order_days as (
    select
        customer_id,
        max(order_date) as last_order_date,
        min(order_date) as first_order_date,
        cast(sum(orders) as bigint) as orders
    from {{ ref('int_order_days') }}
    group by customer_id
),

-- Of customers, too, whose signals no longer move their stage.
signals as (
    select customer_id, touch_date as intent_on, 0 as open_offers
    from {{ ref('int_touch_signals') }}
    where is_intent
    union all
    select
        customer_id,
        case when offer_kind = 'quote' then opened_on end as intent_on,
        case when closed_on is null then 1 else 0 end as open_offers
    from {{ ref('int_offers') }}
),

intents as (
    select customer_id, max(intent_on) as intent_on, sum(open_offers) as open_offers
    from signals
    group by customer_id
),

current_stages as (
    select
        evaluated.customer_id,
        evaluated.stage,
        stays.stage_since,
        stays.previous_stage,
        evaluated.stage_reason,
        evaluated.expected_gap_days,
        evaluated.recency_days,
        evaluated.overdue,
        coalesce(
            intents.open_offers > 0
            or {{ days_between('intents.intent_on', as_of_date()) }} <= {{ var('intent_days') }},
            false
        ) as has_open_intent,
        order_days.first_order_date,
        order_days.last_order_date,
        coalesce(order_days.orders, 0) as orders,
        evaluated.order_days
    from evaluated
    inner join stays on evaluated.customer_id = stays.customer_id
    left join order_days on evaluated.customer_id = order_days.customer_id
    left join intents on evaluated.customer_id = intents.customer_id
)

select * from current_stages
