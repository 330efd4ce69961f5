with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- Of each customer the last order day before the window; the next one tells of the return.
counted as (
    select
        windows.window_id,
        sum(case when order_days.next_order_date < windows.window_end then 1 else 0 end)
            as numerator,
        count(*) as denominator
    from windows
    inner join order_days
        on
            order_days.order_date < windows.window_start
            and order_days.order_date >= {{ add_days('windows.window_start', -365) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_start
    group by windows.window_id
)

{{ kpi_share('counted') }}
