with windows as (
    select * from {{ kpi_windows() }} as windows
),

order_days as (
    select * from {{ ref('int_kpi_order_days') }}
),

counted as (
    {{ repurchase_rate_rows('order_days', ['country', 'channel']) }}
),

{{ kpi_of_customers('counted') }}
