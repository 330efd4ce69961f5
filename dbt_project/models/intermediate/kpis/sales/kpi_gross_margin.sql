{#- Nothing where nothing was sold, unknown where no cost is. -#}
{{ kpi_sum(
    ref('int_kpi_sales_windows'),
    'case when lines = 0 then 0 else revenue_with_cost - cost end',
    base='lines_with_cost',
) }}
