with windows as (
    select * from {{ kpi_windows() }} as windows
),

customers as (
    select * from {{ ref('kpi_customers') }}
    where segment_kind = 'all'
),

-- Who has not ordered yet is no customer: a credit note counts from their first order on, and
-- never where there is none. Orders that name no customer bring nobody's revenue.
days as (
    select
        greatest(lines.revenue_date, origins.first_order_date) as counted_from,
        sum(
            case
                when lines.cost_amount_reporting is not null
                    then lines.net_amount_reporting - lines.cost_amount_reporting
            end
        ) as amount
    from {{ ref('fct_order_lines') }} as lines
    inner join {{ ref('int_kpi_customer_origins') }} as origins
        on lines.customer_id = origins.customer_id
    group by greatest(lines.revenue_date, origins.first_order_date)
),

earned as (
    select windows.window_id, sum(days.amount) as amount
    from windows
    inner join days
        on days.counted_from < windows.window_end
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
