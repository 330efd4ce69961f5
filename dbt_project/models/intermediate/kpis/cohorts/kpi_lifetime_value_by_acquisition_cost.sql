with cohorts as (
    select
        window_id,
        lifetime_value as numerator,
        spend as denominator,
        customers
    from {{ ref('int_kpi_cohorts') }}
)

{{ kpi_share('cohorts', base='customers') }}
