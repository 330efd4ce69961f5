with summed as (
    select
        window_id,
        weekend_revenue as numerator,
        net_revenue as denominator,
        orders as base
    from {{ ref('int_kpi_sales_windows') }}
    where segment_kind = 'all'
)

{{ kpi_share('summed', base='base') }}
