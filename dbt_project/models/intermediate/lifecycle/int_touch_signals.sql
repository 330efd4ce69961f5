{{ config(materialized='view') }}

with

touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
),

signal_days as (
    select 'session|' || session_id as touchpoint_id, * from {{ ref('int_session_signal_days') }}
),

over_midnight as (
    select distinct touchpoint_id from signal_days
)

select
    touchpoints.customer_id,
    touchpoints.touch_date,
    touchpoints.touchpoint_kind = 'session' as is_session,
    touchpoints.is_intent and over_midnight.touchpoint_id is null as is_intent,
    touchpoints.is_form and over_midnight.touchpoint_id is null as is_form,
    touchpoints.is_product_view and over_midnight.touchpoint_id is null as is_product_view,
    touchpoints.is_answered_outreach
from touchpoints
left join over_midnight on touchpoints.touchpoint_id = over_midnight.touchpoint_id
union all
select
    touchpoints.customer_id,
    signal_days.signal_date as touch_date,
    false as is_session,
    signal_days.is_intent,
    signal_days.is_form,
    signal_days.is_product_view,
    false as is_answered_outreach
from signal_days
inner join touchpoints on signal_days.touchpoint_id = touchpoints.touchpoint_id
