with windows as (
    select * from {{ kpi_windows() }} as windows
),

effects as (
    select * from {{ ref('rpt_strategy_effects') }}
    where not is_partial and effect_reporting is not null
),

-- In the period in which the days of a campaign ended; each treated customer counts once in it.
counted as (
    select
        windows.window_id,
        sum(effects.effect_reporting * effects.treated_customers) as numerator,
        sum(effects.treated_customers) as denominator
    from windows
    left join effects
        on
            effects.measured_until_date >= windows.window_start
            and effects.measured_until_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
