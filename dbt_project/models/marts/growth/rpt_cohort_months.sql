{%- set month_no -%}
cast(
    12 * (extract(year from days.sales_date) - extract(year from origins.first_order_date))
    + extract(month from days.sales_date) - extract(month from origins.first_order_date)
    - case
        when extract(day from days.sales_date) < extract(day from origins.first_order_date) then 1
        else 0
    end as integer
)
{%- endset -%}

with recursive origins as (
    select
        origins.*,
        {{ period_start('month', 'first_order_date') }} as cohort_month
    from {{ ref('int_kpi_customer_origins') }} as origins
    where origins.first_order_date < {{ as_of_date() }}
),

-- Of a day that is not over nothing is told, as in rpt_kpis.
days as (
    select * from {{ ref('int_kpi_customer_days') }}
    where sales_date < {{ as_of_date() }}
),

cohorts as (
    select cohort_month, count(*) as customers
    from origins
    group by cohort_month
),

-- Months of each customer's own age. What was credited before the first order counts with it.
booked as (
    select
        origins.cohort_month,
        greatest({{ month_no }}, 0) as month_no,
        count(distinct case when days.orders > 0 then days.customer_id end) as buyers,
        sum(days.net_revenue) as net_revenue,
        sum(days.revenue_with_cost - days.cost) as margin
    from origins
    inner join days on origins.customer_id = days.customer_id
    group by origins.cohort_month, greatest({{ month_no }}, 0)
),

numbers as (
    select 0 as month_no, min(cohort_month) as first_cohort_month from cohorts
    union all
    select month_no + 1, first_cohort_month
    from numbers
    where {{ add_months('first_cohort_month', 'month_no + 1') }} < {{ as_of_date() }}
),

-- A cohort has a month once its first customer can have begun it.
months as (
    select
        cohorts.cohort_month,
        cohorts.customers,
        numbers.month_no,
        {{ add_months('cohorts.cohort_month', 'numbers.month_no + 2') }} <= {{ as_of_date() }}
            as is_complete,
        coalesce(booked.buyers, 0) as buyers,
        coalesce(booked.net_revenue, 0) as net_revenue,
        booked.margin
    from cohorts
    inner join numbers
        on {{ add_months('cohorts.cohort_month', 'numbers.month_no') }} < {{ as_of_date() }}
    left join booked
        on cohorts.cohort_month = booked.cohort_month and numbers.month_no = booked.month_no
)

select
    cast(cohort_month as text) || '|' || cast(month_no as text) as cohort_month_id,
    cohort_month,
    month_no,
    is_complete,
    cast(customers as bigint) as customers,
    cast(buyers as bigint) as buyers,
    {{ ratio('buyers', 'customers') }} as buyers_share,
    {{ money('net_revenue') }} as net_revenue_reporting,
    {{ money('margin') }} as margin_reporting,
    {{ money('sum(margin) over so_far') }} as margin_to_date_reporting
from months
window so_far as (
    partition by cohort_month order by month_no
    rows between unbounded preceding and current row
)
