with summed as (
    select
        window_id,
        returned as numerator,
        gross_sales as denominator,
        orders as base
    from {{ ref('int_kpi_sales_windows') }}
    where segment_kind = 'all'
)

{{ kpi_share('summed', base='base') }}
