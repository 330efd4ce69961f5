with collected as (
    select * from {{ ref('int_profiles_collected') }}
),

first_orders as (
    select
        customer_id,
        min(order_date) as known_on,
        min(case when counts_to = {{ last_day_ever() }} then order_date end) as first_order_date
    from {{ ref('int_order_days_dated') }}
    group by customer_id
),

first_touches as (
    select customer_id, min(touched_on) as touched_on
    from (
        select customer_id, touch_date as touched_on from {{ ref('fct_touchpoints') }}
        where customer_id is not null
        union all
        select customer_id, opened_on from {{ ref('int_offers') }}
    ) as touches
    group by customer_id
),

-- The build that saw a customer first; its as-of is exclusive.
minted as (
    select customer_id, {{ add_time('min(as_of)', -1, 'minute') }} as first_built_at
    from {{ ref('fct_identity_changes') }}
    group by customer_id
),

-- A record without any date is known since then: a fact that comes later takes no month away.
profiles as (
    select
        collected.customer_id,
        collected.profile_kind,
        {{ business_date('coalesce(collected.first_seen_at, minted.first_built_at)') }}
            as recorded_on
    from collected
    left join minted on collected.customer_id = minted.customer_id
    union all
    select first_orders.customer_id, 'person', null
    from first_orders
    left join collected on first_orders.customer_id = collected.customer_id
    where collected.customer_id is null
),

known as (
    select
        profiles.customer_id,
        profiles.profile_kind,
        least(
            coalesce(profiles.recorded_on, {{ last_day_ever() }}),
            coalesce(first_touches.touched_on, {{ last_day_ever() }}),
            coalesce(first_orders.known_on, {{ last_day_ever() }}),
            {{ add_days(as_of_boundary(), -1) }}
        ) as known_on,
        first_orders.first_order_date
    from profiles
    left join first_orders on profiles.customer_id = first_orders.customer_id
    left join first_touches on profiles.customer_id = first_touches.customer_id
)

select * from known
