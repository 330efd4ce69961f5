with cohorts as (
    select
        window_id,
        lifetime_value as numerator,
        customers as denominator,
        customers
    from {{ ref('int_kpi_cohorts') }}
)

{{ kpi_share('cohorts', base='customers') }}
