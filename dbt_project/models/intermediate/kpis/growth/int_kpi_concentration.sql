with bought as (
    select window_id, net_revenue as revenue
    from {{ ref('int_kpi_customer_windows') }}
    where customer_id is not null and net_revenue > 0
),

-- The customer of the highest revenue comes first; among equals any order gives the same sums.
ranked as (
    select
        window_id,
        revenue,
        row_number() over best_first as revenue_rank,
        sum(revenue) over best_first as revenue_so_far
    from bought
    window best_first as (
        partition by window_id order by revenue desc
        rows between unbounded preceding and current row
    )
),

totals as (
    select window_id, sum(revenue) as revenue_of_all, count(*) as customers
    from bought
    group by window_id
)

-- Gini coefficient over n customers with revenue x in descending order of rank r:
-- sum((n + 1 - 2 r) x) / (n sum(x)); Sen, On Economic Inequality (1973).
select
    ranked.window_id,
    max(totals.customers) as customers,
    {{ money('sum(ranked.revenue)') }} as revenue,
    {{ money('sum(
        case when 5 * (ranked.revenue_rank - 1) < totals.customers then ranked.revenue else 0 end
    )') }} as top_revenue,
    sum(
        case
            when 10 * (ranked.revenue_so_far - ranked.revenue) < 8 * totals.revenue_of_all then 1
            else 0
        end
    ) as customers_for_80,
    sum(cast(totals.customers + 1 - 2 * ranked.revenue_rank as integer) * ranked.revenue)
        as gini_numerator
from ranked
inner join totals on ranked.window_id = totals.window_id
group by ranked.window_id
