{%- set asked_on = add_days('windows.window_end', -var('false_churn_days')) -%}

with windows as (
    select * from {{ kpi_windows() }} as windows
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
            stays.first_boundary <= {{ asked_on }}
            and stays.last_boundary >= {{ asked_on }}
    inner join order_days
        on
            stays.customer_id = order_days.customer_id
            and order_days.order_date < {{ asked_on }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= {{ asked_on }}
    group by windows.window_id
)

{{ kpi_share('counted') }}
