{{ kpi_sum(ref('int_kpi_sales_windows'), 'orders', base='orders') }}
