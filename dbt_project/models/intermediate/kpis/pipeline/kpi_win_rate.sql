with windows as (
    select * from {{ kpi_windows() }} as windows
),

closed as (
    select {{ business_date('closed_at') }} as closed_on, is_won
    from {{ ref('fct_deals') }}
    where closed_at is not null and is_won is not null
),

counted as (
    select
        windows.window_id,
        sum(case when closed.is_won then 1 else 0 end) as numerator,
        count(*) as denominator
    from windows
    inner join closed
        on closed.closed_on >= windows.window_start and closed.closed_on < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
