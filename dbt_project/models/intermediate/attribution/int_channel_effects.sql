{%- set doublings = 10 -%}

with

transitions as (
    select * from {{ ref('int_channel_transitions') }}
),

months as (
    select distinct month_start_date as month_start
    from {{ ref('dim_calendar') }}
    where month_start_date <= {{ as_of_date() }}
),

-- What was known when the month began: an effect never changes within it or after it.
training as (
    select
        months.month_start,
        transitions.channel,
        transitions.next_channel,
        cast(sum(transitions.transitions) as bigint) as transitions
    from months
    inner join transitions
        on
            transitions.month_start < months.month_start
            and transitions.month_start
            >= {{ add_months('months.month_start', '-' ~ var('attribution_training_months')) }}
    group by months.month_start, transitions.channel, transitions.next_channel
),

touched as (
    select
        month_start,
        channel,
        cast(sum(transitions) as bigint) as touches
    from training
    group by month_start, channel
),

ended as (
    select
        month_start,
        cast(sum(transitions) as bigint) as paths,
        cast(sum(case when next_channel = '(order)' then transitions else 0 end) as bigint)
            as converted_paths
    from training
    where next_channel in ('(order)', '(nothing)')
    group by month_start
),

-- Chances are decimals, so that both engines add up the same figure.
chances as (
    select
        training.month_start,
        training.channel,
        training.next_channel,
        cast(
            {{ whole_quotient('training.transitions * 1000000000', 'touched.touches') }}
            * 0.000000001 as numeric(18, 12)
        ) as chance
    from training
    inner join touched
        on
            training.month_start = touched.month_start
            and training.channel = touched.channel
),

steps_0 as (
    select * from chances
    where next_channel not in ('(order)', '(nothing)')
),

stays_0 as (
    select
        month_start,
        channel,
        channel as next_channel,
        cast(1 as numeric(18, 12)) as stays
    from touched
),

-- How often a path that is at one channel will be at another, that touch counted:
-- (I - Q)^-1 = (I + Q)(I + Q^2)(I + Q^4) ...
{% for level in range(1, doublings + 1) -%}
stays_{{ level }} as materialized (
    select
        month_start,
        channel,
        next_channel,
        cast(sum(stays) as numeric(18, 12)) as stays
    from (
        select * from stays_{{ level - 1 }}
        union all
        select
            steps.month_start,
            steps.channel,
            stays.next_channel,
            steps.chance * stays.stays as stays
        from steps_{{ level - 1 }} as steps
        inner join stays_{{ level - 1 }} as stays
            on steps.month_start = stays.month_start and steps.next_channel = stays.channel
    ) as terms
    group by month_start, channel, next_channel
),

{% if not loop.last -%}
steps_{{ level }} as materialized (
    select
        first_half.month_start,
        first_half.channel,
        second_half.next_channel,
        cast(sum(first_half.chance * second_half.chance) as numeric(18, 12)) as chance
    from steps_{{ level - 1 }} as first_half
    inner join steps_{{ level - 1 }} as second_half
        on
            first_half.month_start = second_half.month_start
            and first_half.next_channel = second_half.channel
    group by first_half.month_start, first_half.channel, second_half.next_channel
    having sum(first_half.chance * second_half.chance) >= 0.000000000001
),

{% endif -%}
{% endfor -%}

-- The chance of an order after a touch of the channel, in 10^-9, and how often the channel comes
-- in a path that it is in, in 10^-6.
solved as (
    select
        stays.month_start,
        stays.channel,
        cast(floor(sum(stays.stays * coalesce(chances.chance, 0)) * 1000000000) as bigint)
            as order_chance,
        cast(floor(
            sum(case when stays.channel = stays.next_channel then stays.stays else 0 end) * 1000000
        ) as bigint) as touches_when_there
    from stays_{{ doublings }} as stays
    left join chances
        on
            stays.month_start = chances.month_start
            and stays.next_channel = chances.channel
            and chances.next_channel = '(order)'
    group by stays.month_start, stays.channel
),

-- Share of the orders that are lost without the channel: (paths with it) * (chance of an order from
-- it) / orders, in 10^-6.
lost as (
    select
        solved.month_start,
        solved.channel,
        touched.touches,
        ended.paths,
        ended.converted_paths,
        {{ whole_quotient(
            whole_quotient(
                'touched.touches * solved.order_chance', 'nullif(ended.converted_paths, 0)'
            ) ~ ' * 1000',
            'solved.touches_when_there'
        ) }} as lost
    from solved
    inner join touched
        on solved.month_start = touched.month_start and solved.channel = touched.channel
    inner join ended on solved.month_start = ended.month_start
)

select
    month_start,
    channel,
    touches,
    paths,
    converted_paths,
    converted_paths >= {{ var('attribution_min_orders') }} as is_sufficient,
    cast(coalesce({{ whole_quotient('lost + 50', '100') }}, 0) as integer) as effect
from lost
