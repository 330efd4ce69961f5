{{ kpi_sum(ref('int_kpi_sales_windows'), 'net_revenue', base='orders') }}
