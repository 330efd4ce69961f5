with windows as (
    select * from {{ kpi_windows() }} as windows
),

-- Due, so that it is known whether they came in time; one that has not come is late.
due as (
    select
        {{ business_date('promised_at') }} as promised_on,
        is_late,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as channel
    from {{ ref('fct_orders') }}
    where is_late is not null
),

counted as (
    select
        windows.window_id,
        case
            when grouping(due.country) = 0 then 'country'
            when grouping(due.channel) = 0 then 'channel'
            else 'all'
        end as segment_kind,
        coalesce(due.country, due.channel, 'all') as segment,
        sum(case when due.is_late then 0 else 1 end) as in_time,
        count(*) as orders_due
    from windows
    inner join due
        on due.promised_on >= windows.window_start and due.promised_on < windows.window_end
    group by grouping sets (
        (windows.window_id), (windows.window_id, due.country), (windows.window_id, due.channel)
    )
)

{{ kpi_quotient('counted', 'in_time', 'orders_due') }}
