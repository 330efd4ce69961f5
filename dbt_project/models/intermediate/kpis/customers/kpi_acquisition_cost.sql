with windows as (
    select * from {{ kpi_windows() }} as windows
),

spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

new_customers as (
    select * from {{ ref('int_kpi_new_customers') }}
    where segment_kind = 'all'
),

-- Without any spend ever recorded the cost is unknown, not nothing.
spent as (
    select
        windows.window_id,
        case
            when exists (select 1 from {{ ref('fct_marketing_spend') }})
                then coalesce(sum(spend.amount_reporting), 0)
        end as amount
    from windows
    left join spend
        on spend.spend_date >= windows.window_start and spend.spend_date < windows.window_end
    group by windows.window_id
),

joined as (
    select
        spent.window_id,
        spent.amount as numerator,
        new_customers.new_customers as denominator
    from spent
    inner join new_customers on spent.window_id = new_customers.window_id
)

{{ kpi_share('joined') }}
