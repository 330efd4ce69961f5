with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

counted as (
    {{ repurchase_rate_counted('order_days') }}
)

{{ kpi_share('counted') }}
