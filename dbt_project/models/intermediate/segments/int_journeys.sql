{#-
Web steps of customers, cut into journeys. A journey ends with a purchase or a long pause, and at each
look it is made of the steps of the window before: what follows a month end is not in its journeys.
-#}
{%- set steps = journey_steps() -%}
{%- set window_days = var('behaviour_window_days') -%}

with sessions as (
    select * from {{ ref('fct_sessions') }}
    where not is_bot
),

customers as (
    select customer_id from {{ ref('int_customer_stages_current') }}
    where orders > 0
),

looks as (
    select * from {{ ref('int_segment_instants') }}
    where months_back <= 1
),

steps as (
    select
        sessions.customer_id,
        events.event_at,
        {{ business_date('events.event_at') }} as event_date,
        case events.event_kind
            {%- for kind, word, word_zh in steps %}
            when '{{ kind }}' then {{ loop.index }}
            {%- endfor %}
        end as step_no
    from {{ ref('int_web_events_sessionised') }} as events
    inner join sessions on events.session_id = sessions.session_id
    inner join customers on sessions.customer_id = customers.customer_id
    where
        events.event_kind in (
            {%- for kind, word, word_zh in steps %}'{{ kind }}'{{ ', ' if not loop.last }}
            {%- endfor %}
        )
),

looked_at as (
    select steps.customer_id, steps.event_at, steps.step_no, looks.facts_before
    from steps
    inner join looks
        on
            steps.event_date < looks.facts_before
            and steps.event_date >= {{ add_days('looks.facts_before', -window_days) }}
),

-- Which of two alike at one instant comes first is of no matter: they are alike.
ordered as (
    select
        looked_at.*,
        lag(step_no) over in_order as previous_step_no,
        lag(event_at) over in_order as previous_at
    from looked_at
    window in_order as (partition by customer_id, facts_before order by event_at, step_no)
),

numbered as (
    select
        ordered.*,
        sum(
            case
                when previous_step_no = {{ steps | length }} then 1
                when
                    event_at <= {{ add_time('previous_at', var('journey_pause_days'), 'day') }}
                    then 0
                else 1
            end
        ) over (
            partition by customer_id, facts_before order by event_at, step_no
            rows between unbounded preceding and current row
        ) as journey_no
    from ordered
),

firsts as (
    select customer_id, facts_before, journey_no, step_no, min(event_at) as first_at
    from numbered
    group by customer_id, facts_before, journey_no, step_no
),

reached as (
    select
        firsts.*,
        max(step_no) over (partition by customer_id, facts_before, journey_no) as furthest_step_no
    from firsts
),

timed as (
    select
        reached.*,
        max(case when step_no = furthest_step_no then first_at end)
            over (partition by customer_id, facts_before, journey_no) as furthest_at,
        row_number() over (
            partition by customer_id, facts_before, journey_no order by first_at, step_no
        ) as place,
        case step_no
            {%- for kind, word, word_zh in steps %}
            when {{ loop.index }} then '{{ word }}'
            {%- endfor %}
        end as word
    from reached
),

-- Each step once, in the order in which it was first taken, up to the furthest one.
paths as (
    select
        customer_id,
        facts_before,
        cast(journey_no as integer) as journey_no,
        furthest_step_no,
        count(*) as steps,
        concat_ws(
            ' > '
            {%- for _ in steps -%}
            , max(case place when {{ loop.index }} then word end)
            {%- endfor %}
        ) as path,
        {{ business_date('min(first_at)') }} as first_step_on,
        {{ business_date('max(furthest_at)') }} as last_step_on,
        max(furthest_at) as last_step_at
    from timed
    where first_at <= furthest_at
    group by customer_id, facts_before, journey_no, furthest_step_no
)

select * from paths
