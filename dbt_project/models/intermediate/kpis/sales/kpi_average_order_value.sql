with summed as (
    select
        window_id,
        net_revenue as numerator,
        orders as denominator,
        orders as base
    from {{ ref('int_kpi_sales_windows') }}
    where segment_kind = 'all'
)

{{ kpi_share('summed', base='base') }}
