{{ kpi_quotient(
    ref('int_kpi_sales_windows'), 'revenue_with_cost - cost', 'revenue_with_cost',
    base='lines_with_cost',
) }}
