with windows as (
    select * from {{ kpi_windows() }} as windows
),

compared as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        origins.country,
        origins.channel,
        years.customer_id,
        years.revenue_now as numerator,
        years.revenue_before as denominator
    from windows
    inner join {{ ref('int_kpi_revenue_years') }} as years
        on windows.window_end = years.window_end
    left join {{ ref('int_kpi_customer_origins') }} as origins
        on years.customer_id = origins.customer_id
),

{{ kpi_of_customers('compared', base='customers') }}
