with summed as (
    select
        window_id,
        gini_numerator as numerator,
        customers * revenue as denominator,
        customers
    from {{ ref('int_kpi_concentration') }}
)

{{ kpi_share('summed', base='customers') }}
