with windows as (
    select * from {{ kpi_windows() }} as windows
),

leads as (
    select * from {{ ref('fct_leads') }}
    where is_conversion_known and is_answered_in_72h
),

counted as (
    select
        windows.window_id,
        sum(case when leads.converted_in_30_days then 1 else 0 end) as numerator,
        count(*) as denominator
    from windows
    inner join leads
        on leads.lead_date >= windows.window_start and leads.lead_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
