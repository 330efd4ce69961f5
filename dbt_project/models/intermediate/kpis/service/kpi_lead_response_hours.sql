with windows as (
    select * from {{ kpi_windows() }} as windows
),

leads as (
    select * from {{ ref('fct_leads') }}
    where response_hours is not null
),

counted as (
    select
        windows.window_id,
        {{ median('leads.response_hours') }} as middle,
        count(*) as cases
    from windows
    inner join leads
        on leads.lead_date >= windows.window_start and leads.lead_date < windows.window_end
    group by windows.window_id
)

{{ kpi_median('counted') }}
