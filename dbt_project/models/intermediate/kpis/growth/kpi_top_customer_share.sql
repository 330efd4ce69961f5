with summed as (
    select
        window_id,
        top_revenue as numerator,
        revenue as denominator,
        customers
    from {{ ref('int_kpi_concentration') }}
)

{{ kpi_share('summed', base='customers') }}
