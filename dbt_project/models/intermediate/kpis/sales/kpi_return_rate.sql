{{ kpi_quotient(ref('int_kpi_sales_windows'), 'returned', 'gross_sales', base='orders') }}
