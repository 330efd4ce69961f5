{{ kpi_sum(ref('int_kpi_new_customers'), 'new_customers', base='new_customers') }}
