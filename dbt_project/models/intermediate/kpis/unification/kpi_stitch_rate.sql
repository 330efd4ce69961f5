with windows as (
    select * from {{ kpi_windows() }} as windows
),

sessions as (
    select * from {{ ref('fct_sessions') }}
    where not is_bot
),

counted as (
    select
        windows.window_id,
        sum(case when sessions.is_stitched then 1 else 0 end) as numerator,
        count(*) as denominator
    from windows
    inner join sessions
        on
            sessions.session_date >= windows.window_start
            and sessions.session_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
