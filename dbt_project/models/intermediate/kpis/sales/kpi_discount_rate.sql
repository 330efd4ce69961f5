{{ kpi_quotient(ref('int_kpi_sales_windows'), 'discount', 'list_value', base='orders') }}
