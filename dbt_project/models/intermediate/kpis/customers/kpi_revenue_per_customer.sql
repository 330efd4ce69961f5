with windows as (
    select * from {{ kpi_windows() }} as windows
),

ordering as (
    select * from {{ ref('kpi_purchase_frequency') }}
    where segment_kind = 'all'
),

days as (
    select
        revenue_date,
        sum(net_amount_reporting) as amount
    from {{ ref('fct_order_lines') }}
    where customer_id is not null
    group by revenue_date
),

-- Orders that name no customer bring nobody's revenue.
earned as (
    select windows.window_id, sum(days.amount) as amount
    from windows
    inner join days
        on
            days.revenue_date >= windows.window_start
            and days.revenue_date < windows.window_end
    group by windows.window_id
),

joined as (
    select
        ordering.window_id,
        coalesce(earned.amount, 0) as numerator,
        ordering.denominator
    from ordering
    left join earned on ordering.window_id = earned.window_id
)

{{ kpi_share('joined') }}
