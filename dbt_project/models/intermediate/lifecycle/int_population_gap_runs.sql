with stored as (
    select month_end, population_gap_days from {{ ref('int_population_gaps') }}
    union all
    -- Before the first month end nothing is measured.
    select
        {{ first_day_ever() }} as month_end,
        greatest({{ var('gap_min_days') }}, {{ var('gap_default_days') }}) as population_gap_days
),

changes as (
    select
        month_end,
        population_gap_days,
        lag(population_gap_days) over (order by month_end) as previous_gap_days
    from stored
),

-- The gap stored at a month end is used for the month that follows: at the boundaries after it,
-- up to the next month end, which still belongs to the month before it.
runs as (
    select
        population_gap_days,
        {{ add_days('month_end', 1) }} as first_boundary,
        coalesce(lead(month_end) over (order by month_end), {{ last_day_ever() }}) as last_boundary
    from changes
    where previous_gap_days is null or previous_gap_days <> population_gap_days
)

select * from runs
