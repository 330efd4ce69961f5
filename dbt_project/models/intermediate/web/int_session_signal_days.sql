with

over_midnight as (
    select session_id from {{ ref('int_sessions_summarised') }}
    where
        {{ business_date('ended_at') }} > session_date
        and (carts > 0 or checkouts > 0 or forms > 0 or product_views > 0)
)

select
    events.session_id,
    {{ business_date('events.event_at') }} as signal_date,
    bool_or(events.event_kind in ('add_to_cart', 'checkout')) as is_intent,
    bool_or(events.event_kind = 'form') as is_form,
    bool_or(events.event_kind = 'product_view') as is_product_view
from {{ ref('int_web_events_sessionised') }} as events
inner join over_midnight on events.session_id = over_midnight.session_id
where events.event_kind in ('add_to_cart', 'checkout', 'form', 'product_view')
group by events.session_id, {{ business_date('events.event_at') }}
