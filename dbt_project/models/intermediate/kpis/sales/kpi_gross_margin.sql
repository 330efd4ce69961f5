{{ kpi_sum(ref('int_kpi_sales_windows'), 'revenue_with_cost - cost', base='lines_with_cost') }}
