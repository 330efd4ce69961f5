{%- set horizon = churn_horizon_days() -%}

with boundary as (
    select
        {{ as_of_boundary() }} as last_boundary,
        {{ as_of_date() }} as as_of_day
),

instants as (
    {%- for back in range(var('churn_training_instants') + 1) %}
    select
        {{ back }} as periods_back,
        {{ add_days('last_boundary', -back * horizon) }} as facts_before,
        {{ 'as_of_day' if back == 0 else add_days('last_boundary', -back * horizon) }}
            as evaluated_on
    from boundary
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

spans as (
    select * from {{ ref('int_customer_spans') }}
),

-- Whoever ordered in the time after an instant, by what is known now.
came_back as (
    select distinct
        order_days.customer_id,
        instants.periods_back
    from instants
    inner join {{ ref('int_order_days') }} as order_days
        on
            instants.facts_before <= order_days.order_date
            and {{ add_days('instants.facts_before', horizon) }} > order_days.order_date
    where instants.periods_back > 0
)

-- The spans of a customer meet at their boundaries' ends, so that one holds each instant.
select
    spans.customer_id,
    instants.periods_back,
    instants.facts_before,
    spans.last_order_date,
    {{ days_between('spans.last_order_date', 'instants.evaluated_on') }}
    >= spans.churn_after_days as is_churned,
    cast(spans.order_day_no as integer) as order_days,
    {{ days_between('spans.last_order_date', 'instants.evaluated_on') }} as recency_days,
    {{ days_between('spans.first_order_date', 'spans.last_order_date') }} as ordering_days,
    {{ days_between('spans.first_order_date', 'instants.evaluated_on') }} as age_days,
    {{ days_between('spans.previous_order_date', 'spans.last_order_date') }} as last_gap_days,
    {{ ratio('spans.gap_sum', 'spans.gap_weight') }} as expected_gap_days,
    case when instants.periods_back > 0 then came_back.customer_id is null end as has_stayed_away
from instants
inner join spans
    on
        instants.facts_before >= spans.first_boundary
        and instants.facts_before <= spans.last_boundary
left join came_back
    on
        spans.customer_id = came_back.customer_id
        and instants.periods_back = came_back.periods_back
