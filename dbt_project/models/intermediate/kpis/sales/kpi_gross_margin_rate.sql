with summed as (
    select
        window_id,
        revenue_with_cost - cost as numerator,
        revenue_with_cost as denominator,
        lines_with_cost as base
    from {{ ref('int_kpi_sales_windows') }}
    where segment_kind = 'all'
)

{{ kpi_share('summed', base='base') }}
