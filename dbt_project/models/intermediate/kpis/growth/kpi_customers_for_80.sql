with summed as (
    select
        window_id,
        customers_for_80 as numerator,
        customers as denominator,
        customers
    from {{ ref('int_kpi_concentration') }}
)

{{ kpi_share('summed', base='customers') }}
