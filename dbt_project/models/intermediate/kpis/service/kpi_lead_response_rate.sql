with windows as (
    select * from {{ kpi_windows() }} as windows
),

leads as (
    select * from {{ ref('fct_leads') }}
    where is_old_enough
),

counted as (
    select
        windows.window_id,
        sum(case when leads.is_answered_in_72h then 1 else 0 end) as numerator,
        count(*) as denominator
    from windows
    inner join leads
        on leads.lead_date >= windows.window_start and leads.lead_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
