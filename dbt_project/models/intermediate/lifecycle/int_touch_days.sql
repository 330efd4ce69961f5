{{ config(materialized='view') }}

with profiles as (
    select * from {{ ref('int_lifecycle_profiles') }}
),

-- After the first order no touch moves a stage: most are left out before they are sorted.
signals as (
    select signals.*
    from {{ ref('int_touch_signals') }} as signals
    inner join profiles on signals.customer_id = profiles.customer_id
    where
        profiles.first_order_date is null
        or signals.touch_date < profiles.first_order_date
),

-- Of the latest sessions up to a session, so many as make a prospect consider: when they began.
counted as (
    select
        signals.*,
        lag(touch_date, {{ var('consideration_min_sessions') }} - 1) over (
            partition by customer_id, is_session order by touch_date
        ) as touches_since
    from signals
)

select
    customer_id,
    touch_date,
    max(case when is_intent then touch_date end) as intent_on,
    max(case when is_form then touch_date end) as form_on,
    max(case when is_answered_outreach then touch_date end) as answered_on,
    max(case when is_product_view then touch_date end) as product_view_on,
    max(case when is_session then touches_since end) as sessions_since
from counted
group by customer_id, touch_date
