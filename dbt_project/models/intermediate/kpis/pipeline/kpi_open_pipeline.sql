with windows as (
    select * from {{ kpi_windows() }} as windows
),

deals as (
    select * from {{ ref('fct_deals') }}
),

-- Value comes in on the day a deal is created and leaves on the day it is closed.
changes as (
    select created_date as day, coalesce(amount_reporting, 0) as amount, 1 as deals
    from deals
    union all
    select {{ business_date('closed_at') }}, -coalesce(amount_reporting, 0), -1
    from deals
    where closed_at is not null
),

days as (
    select day, sum(amount) as amount, sum(deals) as deals
    from changes
    group by day
),

counted as (
    select
        windows.window_id,
        'all' as segment_kind,
        'all' as segment,
        coalesce(sum(days.amount), 0) as amount,
        coalesce(sum(days.deals), 0) as deals
    from windows
    left join days on days.day < windows.window_end
    where exists (select 1 from deals)
    group by windows.window_id
)

{{ kpi_sum('counted', 'amount', base='deals') }}
