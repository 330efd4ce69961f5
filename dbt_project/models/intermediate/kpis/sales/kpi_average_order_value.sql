{{ kpi_quotient(ref('int_kpi_sales_windows'), 'net_revenue', 'orders', base='orders') }}
