with costs as (
    select * from {{ ref('int_kpi_service_costs') }}
),

customers as (
    select * from {{ ref('kpi_purchase_frequency') }}
    where segment_kind = 'all'
),

counted as (
    select
        costs.window_id,
        costs.cost_to_serve as numerator,
        customers.denominator
    from costs
    inner join customers on costs.window_id = customers.window_id
)

{{ kpi_share('counted') }}
