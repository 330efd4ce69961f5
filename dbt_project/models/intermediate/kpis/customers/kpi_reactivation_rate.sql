with windows as (
    select * from {{ kpi_windows() }} as windows
),

stays as (
    select * from {{ ref('int_stage_stays') }}
    where stage = 'churned'
),

order_days as (
    select * from {{ ref('int_kpi_order_days') }}
),

-- Of each churned customer the last order day so far; the next one tells of the return.
churned as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        order_days.country,
        order_days.channel,
        stays.customer_id,
        case when order_days.next_order_date < windows.window_end then 1 else 0 end as numerator,
        1 as denominator
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
),

{{ kpi_of_customers('churned') }}
