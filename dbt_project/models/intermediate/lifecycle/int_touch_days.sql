{{ config(materialized='view') }}

with touchpoints as (
    select
        customer_id,
        touch_date,
        is_intent,
        is_form,
        is_answered_outreach,
        is_product_view,
        case when touchpoint_kind = 'session' then 1 else 0 end as is_session
    from {{ ref('fct_touchpoints') }}
    where customer_id is not null
),

-- Of the latest sessions up to a session, so many as make a prospect consider: when they began.
counted as (
    select
        touchpoints.*,
        lag(touch_date, {{ var('consideration_min_sessions') }} - 1) over (
            partition by customer_id, is_session order by touch_date
        ) as touches_since
    from touchpoints
)

select
    customer_id,
    touch_date,
    max(case when is_intent then touch_date end) as intent_on,
    max(case when is_form then touch_date end) as form_on,
    max(case when is_answered_outreach then touch_date end) as answered_on,
    max(case when is_product_view then touch_date end) as product_view_on,
    max(case when is_session = 1 then touches_since end) as sessions_since
from counted
group by customer_id, touch_date
