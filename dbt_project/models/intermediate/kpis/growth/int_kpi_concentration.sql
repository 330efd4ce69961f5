with bought as (
    select window_id, customer_id, net_revenue as revenue
    from {{ ref('int_kpi_customer_windows') }}
    where customer_id is not null and net_revenue > 0
),

-- The customer of the highest revenue comes first.
ranked as (
    select
        window_id,
        revenue,
        row_number() over best_first as revenue_rank,
        sum(revenue) over best_first as revenue_so_far,
        sum(revenue) over (partition by window_id) as revenue_of_all,
        count(*) over (partition by window_id) as customers
    from bought
    window best_first as (
        partition by window_id order by revenue desc, {{ by_bytes('customer_id') }} asc
        rows between unbounded preceding and current row
    )
)

-- Gini coefficient over n customers with revenue x in descending order of rank r:
-- sum((n + 1 - 2 r) x) / (n sum(x)); Sen, On Economic Inequality (1973).
select
    window_id,
    max(customers) as customers,
    {{ money('sum(revenue)') }} as revenue,
    {{ money('sum(case when 5 * (revenue_rank - 1) < customers then revenue else 0 end)') }}
        as top_revenue,
    sum(case when 10 * (revenue_so_far - revenue) < 8 * revenue_of_all then 1 else 0 end)
        as customers_for_80,
    sum(cast(customers + 1 - 2 * revenue_rank as integer) * revenue)
        as gini_numerator
from ranked
group by window_id
