with profiles as (
    select * from {{ ref('int_lifecycle_profiles') }}
),

signal_days as (
    select * from {{ ref('int_signal_days') }}
),

spans as (
    select
        signal_days.customer_id,
        signal_days.signal_date,
        signal_days.touched_on,
        signal_days.intent_on,
        signal_days.offer_closed_on,
        signal_days.form_on,
        signal_days.answered_on,
        signal_days.product_view_on,
        signal_days.considered_on,
        signal_days.open_offers,
        profiles.profile_kind,
        profiles.known_on,
        {{ add_days('signal_days.signal_date', 1) }} as first_boundary,
        least(
            coalesce(signal_days.next_signal_date, {{ as_of_boundary() }}),
            coalesce(profiles.first_order_date, {{ last_day_ever() }})
        ) as last_boundary
    from profiles
    inner join signal_days on profiles.customer_id = signal_days.customer_id
    where not signal_days.is_customer
)

select * from spans
