with windows as (
    select * from {{ kpi_windows() }} as windows
),

won as (
    select
        {{ business_date('closed_at') }} as closed_on,
        {{ ratio(hours_between('created_at', 'closed_at'), 24) }} as days_open
    from {{ ref('fct_deals') }}
    where is_won
),

counted as (
    select
        windows.window_id,
        {{ median('won.days_open') }} as middle,
        count(*) as cases
    from windows
    inner join won on won.closed_on >= windows.window_start and won.closed_on < windows.window_end
    group by windows.window_id
)

{{ kpi_median('counted') }}
