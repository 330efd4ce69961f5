with windows as (
    select * from {{ kpi_windows() }} as windows
),

customers as (
    select * from {{ ref('kpi_customers') }}
    where segment_kind = 'all'
),

days as (
    select
        revenue_date,
        sum(
            case
                when cost_amount_reporting is not null
                    then net_amount_reporting - cost_amount_reporting
            end
        ) as amount
    from {{ ref('fct_order_lines') }}
    where customer_id is not null
    group by revenue_date
),

-- Orders that name no customer bring nobody's revenue.
earned as (
    select windows.window_id, sum(days.amount) as amount
    from windows
    inner join days
        on days.revenue_date < windows.window_end
    group by windows.window_id
),

joined as (
    select
        customers.window_id,
        -- Nothing where nothing was sold, unknown where no cost is.
        case when earned.window_id is null then 0 else earned.amount end as numerator,
        customers.numerator as denominator
    from customers
    left join earned on customers.window_id = earned.window_id
)

{{ kpi_share('joined') }}
