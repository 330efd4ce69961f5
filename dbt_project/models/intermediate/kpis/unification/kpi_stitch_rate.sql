with windows as (
    select * from {{ kpi_windows() }} as windows
),

days as (
    select
        session_date,
        sum(case when is_stitched then 1 else 0 end) as stitched,
        count(*) as sessions
    from {{ ref('fct_sessions') }}
    where not is_bot
    group by session_date
),

counted as (
    select
        windows.window_id,
        sum(days.stitched) as numerator,
        sum(days.sessions) as denominator
    from windows
    inner join days
        on days.session_date >= windows.window_start and days.session_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
