with windows as (
    select * from {{ kpi_windows() }} as windows
),

customers as (
    select * from {{ ref('dim_customers') }}
    where is_customer
),

-- What is known of them today: profiles have no history.
counted as (
    select
        windows.window_id,
        {{ ratio(exact_sum('customers.completeness_pct'), 100) }} as numerator,
        count(*) as denominator
    from windows
    inner join customers on customers.first_order_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
