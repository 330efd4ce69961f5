{%- set window_days = var('behaviour_window_days') -%}

with journeys as (
    select * from {{ ref('int_journeys') }}
),

measured as (
    select * from {{ ref('int_rfm_measured') }}
    where months_back <= 1
),

-- The most telling: what came furthest, then what took most steps, then the latest.
ranked as (
    select
        measured.customer_id,
        measured.facts_before,
        measured.evaluated_on,
        measured.months_back,
        journeys.path,
        journeys.last_step_on,
        {{ days_between('journeys.first_step_on', 'journeys.last_step_on') }} as path_days,
        row_number() over (
            partition by measured.customer_id, measured.facts_before
            order by
                journeys.furthest_step_no desc nulls last,
                journeys.steps desc,
                journeys.last_step_at desc,
                journeys.journey_no desc
        ) as telling_rank
    from measured
    left join journeys
        on
            measured.customer_id = journeys.customer_id
            and measured.facts_before = journeys.facts_before
)

select
    customer_id,
    facts_before,
    evaluated_on,
    months_back,
    path as segment,
    path_days,
    case
        when path is null then 'no web step in the last {{ window_days }} days'
        else
            path || case path_days
                when 0 then ' on one day'
                else ' in ' || {{ counted('path_days', 'day', 'days') }}
            end
            || ', last step on ' || cast(last_step_on as text)
    end as reason,
    case
        when path is null then '最近{{ window_days }}天没有网站行为'
        else
            {{ path_zh('path') }} || case path_days
                when 0 then '，同日完成'
                else '，历时' || cast(path_days as text) || '天'
            end
            || '，最后一步在' || cast(last_step_on as text)
    end as reason_zh
from ranked
where telling_rank = 1
