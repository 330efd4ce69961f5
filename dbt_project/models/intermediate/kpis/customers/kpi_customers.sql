with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

counted as (
    {{ customers_counted('order_days') }}
)

{{ kpi_number('counted') }}
