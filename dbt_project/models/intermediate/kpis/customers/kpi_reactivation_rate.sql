with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

stays as (
    select * from {{ ref('int_stage_stays') }}
    where stage = 'churned'
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

-- Of each churned customer the last order day so far; the next one tells of the return.
counted as (
    select
        windows.window_id,
        sum(case when order_days.next_order_date < windows.window_end then 1 else 0 end)
            as numerator,
        count(*) as denominator
    from windows
    inner join stays
        on
            stays.first_boundary <= windows.window_start
            and stays.last_boundary >= windows.window_start
    inner join order_days
        on
            stays.customer_id = order_days.customer_id
            and order_days.order_date < windows.window_start
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_start
    group by windows.window_id
)

{{ kpi_share('counted') }}
