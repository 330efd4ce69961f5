{{ kpi_quotient(ref('int_kpi_sales_windows'), 'weekend_revenue', 'net_revenue', base='orders') }}
