{%- set year_start = add_days('ends.window_end', -365) -%}
{%- set before_start = add_days('ends.window_end', -730) -%}

-- Periods that end on one day share their trailing years.
with ends as (
    select distinct window_end from {{ ref('int_kpi_windows') }}
    where {{ kpi_is_long('period_kind') }}
),

customer_days as (
    select * from {{ ref('int_kpi_customer_days') }}
),

first_sales as (
    select min(sales_date) as first_sales_date from {{ ref('int_kpi_customer_days') }}
),

-- A year that the sales do not reach back through is no year to compare with.
whole as (
    select ends.window_end
    from ends
    inner join first_sales on {{ before_start }} >= first_sales.first_sales_date
),

years as (
    select
        ends.window_end,
        customer_days.customer_id,
        sum(
            case
                when customer_days.sales_date < {{ year_start }} then customer_days.net_revenue
                else 0
            end
        ) as revenue_before,
        sum(
            case
                when customer_days.sales_date >= {{ year_start }} then customer_days.net_revenue
                else 0
            end
        ) as revenue_now
    from whole as ends
    inner join customer_days
        on
            customer_days.sales_date >= {{ before_start }}
            and customer_days.sales_date < ends.window_end
    where customer_days.customer_id is not null
    group by ends.window_end, customer_days.customer_id
)

select
    window_end,
    customer_id,
    {{ money('revenue_before') }} as revenue_before,
    {{ money('greatest(revenue_now, 0)') }} as revenue_now
from years
where revenue_before > 0
