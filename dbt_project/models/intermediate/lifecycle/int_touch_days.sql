with touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
    where customer_id is not null
),

-- Of the latest sessions up to a session, so many as make a prospect consider: when they began.
sessions as (
    select
        customer_id,
        touch_date,
        lag(touch_date, {{ var('consideration_min_sessions') }} - 1) over (
            partition by customer_id order by touch_date
        ) as sessions_since
    from touchpoints
    where touchpoint_kind = 'session'
),

session_days as (
    select customer_id, touch_date, max(sessions_since) as sessions_since
    from sessions
    group by customer_id, touch_date
),

touch_days as (
    select
        customer_id,
        touch_date,
        max(case when is_intent then touch_date end) as intent_on,
        max(case when is_form then touch_date end) as form_on,
        max(case when is_answered_outreach then touch_date end) as answered_on,
        max(case when is_product_view then touch_date end) as product_view_on
    from touchpoints
    group by customer_id, touch_date
),

joined as (
    select touch_days.*, session_days.sessions_since
    from touch_days
    left join session_days
        on
            touch_days.customer_id = session_days.customer_id
            and touch_days.touch_date = session_days.touch_date
)

select * from joined
