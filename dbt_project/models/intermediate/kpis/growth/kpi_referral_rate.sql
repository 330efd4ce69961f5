with windows as (
    select * from {{ kpi_windows() }} as windows
),

order_days as (
    select * from {{ ref('int_kpi_order_days') }}
),

referrals as (
    select * from {{ ref('fct_referrals') }}
),

-- Each customer is counted once below the line when active, once above it when referring.
counted as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        order_days.country,
        order_days.channel,
        order_days.customer_id,
        case when exists (select 1 from referrals) then 0 end as numerator,
        1 as denominator
    from windows
    inner join order_days
        on
            order_days.order_date < windows.window_end
            and order_days.order_date >= {{ add_days('windows.window_end', -var('active_days')) }}
            and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= windows.window_end
    union all
    select distinct
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        customers.country,
        customers.channel,
        referrals.referrer_customer_id,
        1,
        0
    from windows
    inner join referrals
        on
            referrals.referred_date >= windows.window_start
            and referrals.referred_date < windows.window_end
    inner join {{ ref('int_kpi_customer_origins') }} as customers
        on referrals.referrer_customer_id = customers.customer_id
),

{{ kpi_of_customers('counted') }}
