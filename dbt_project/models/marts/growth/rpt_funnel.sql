{%- set steps = [
    ('aware', 1, 'considering'), ('considering', 2, 'intending'), ('intending', 3, 'purchase'),
] -%}

with periods as (
    select * from {{ ref('int_kpi_periods') }}
    where {{ kpi_is_long('period_kind') }}
),

steps as (
    {%- for stage, depth, next in steps %}
    select '{{ stage }}' as from_stage, {{ depth }} as depth, '{{ next }}' as to_step
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- People and accounts; a device that logs in goes on as one of them.
changes as (
    select
        changes.customer_id,
        changes.facts_before,
        case when stages.is_customer then 4 else coalesce(steps.depth, 0) end as depth
    from {{ ref('fct_stage_changes') }} as changes
    inner join {{ ref('int_lifecycle_profiles') }} as profiles
        on changes.customer_id = profiles.customer_id and profiles.profile_kind <> 'device'
    inner join {{ ref('dim_lifecycle_stages') }} as stages on changes.to_stage = stages.stage
    left join steps on changes.to_stage = steps.from_stage
),

entries as (
    select customer_id, depth, min(facts_before) as entered_on
    from changes
    where depth between 1 and 3
    group by customer_id, depth
),

-- Whoever skips a step has passed it.
moves as (
    select
        entries.customer_id,
        entries.depth,
        entries.entered_on,
        min(changes.facts_before) as moved_on
    from entries
    left join changes
        on
            entries.customer_id = changes.customer_id
            and entries.depth < changes.depth
            and entries.entered_on < changes.facts_before
            and changes.facts_before <= {{ add_days('entries.entered_on', var('funnel_days')) }}
    group by entries.customer_id, entries.depth, entries.entered_on
),

counted as (
    select
        periods.window_id,
        moves.depth,
        count(*) as entered,
        count(moves.moved_on) as moved,
        {{ median(days_between('moves.entered_on', 'moves.moved_on')) }} as median_days
    from periods
    inner join moves
        on moves.entered_on > periods.period_start and moves.entered_on <= periods.period_end
    group by periods.window_id, moves.depth
)

select
    periods.period_kind || '|' || cast(periods.period_start as text) || '|' || steps.from_stage
        as funnel_step_id,
    periods.period_kind,
    periods.period_start,
    periods.period_end,
    periods.is_partial,
    cast(steps.depth as integer) as step_order,
    cast(steps.from_stage as text) as from_stage,
    cast(steps.to_step as text) as to_step,
    {{ add_days('periods.period_end', var('funnel_days')) }} <= {{ as_of_date() }} as is_complete,
    cast(coalesce(counted.entered, 0) as bigint) as entered,
    cast(coalesce(counted.moved, 0) as bigint) as moved,
    {{ ratio('counted.moved', 'counted.entered') }} as moved_share,
    cast(counted.median_days as double precision) as median_days
from periods
cross join steps
left join counted on periods.window_id = counted.window_id and steps.depth = counted.depth
