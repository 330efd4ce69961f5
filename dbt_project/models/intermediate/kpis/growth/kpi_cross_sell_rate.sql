with windows as (
    select * from {{ kpi_windows() }} as windows
),

first_categories as (
    select
        customer_id,
        category_name,
        min(revenue_date) as first_bought_on
    from {{ ref('fct_order_lines') }}
    where
        line_kind = 'sale'
        and customer_id is not null
        and category_name <> 'Uncategorised'
    group by customer_id, category_name
),

categories as (
    select count(*) as known from first_categories
),

-- Customers from before, on the first of their order days in the window.
returning_customers as (
    select
        windows.*,
        order_days.country,
        order_days.channel,
        order_days.customer_id
    from windows
    inner join {{ ref('int_kpi_order_days') }} as order_days
        on
            order_days.order_date >= windows.window_start
            and order_days.order_date < windows.window_end
            and order_days.previous_order_date < windows.window_start
),

-- Where no product has a category nothing is known of new ones.
crossed as (
    select
        returning_customers.window_id,
        returning_customers.window_start,
        returning_customers.period_kind,
        returning_customers.country,
        returning_customers.channel,
        returning_customers.customer_id,
        case
            when max(categories.known) > 0
                then max(case when first_categories.customer_id is null then 0 else 1 end)
        end as numerator,
        1 as denominator
    from returning_customers
    cross join categories
    left join first_categories
        on
            returning_customers.customer_id = first_categories.customer_id
            and first_categories.first_bought_on >= returning_customers.window_start
            and first_categories.first_bought_on < returning_customers.window_end
    group by
        returning_customers.window_id,
        returning_customers.window_start,
        returning_customers.period_kind,
        returning_customers.country,
        returning_customers.channel,
        returning_customers.customer_id
),

{{ kpi_of_customers('crossed') }}
