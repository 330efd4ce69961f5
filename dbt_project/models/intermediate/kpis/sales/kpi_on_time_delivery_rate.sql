with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

-- Due, so that it is known whether they came in time; one that has not come is late.
due as (
    select {{ business_date('promised_at') }} as promised_on, is_late
    from {{ ref('fct_orders') }}
    where is_late is not null
),

counted as (
    select
        windows.window_id,
        sum(case when due.is_late then 0 else 1 end) as numerator,
        count(*) as denominator
    from windows
    inner join due
        on due.promised_on >= windows.window_start and due.promised_on < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
