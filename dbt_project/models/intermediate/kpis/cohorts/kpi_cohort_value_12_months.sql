with cohorts as (
    select
        window_id,
        margin_12_months as numerator,
        customers as denominator,
        customers
    from {{ ref('int_kpi_cohorts') }}
)

{{ kpi_share('cohorts', base='customers') }}
