with costs as (
    select * from {{ ref('int_kpi_service_costs') }}
),

margins as (
    select * from {{ ref('kpi_gross_margin') }}
    where segment_kind = 'all'
),

spend as (
    select * from {{ ref('kpi_acquisition_cost') }}
    where segment_kind = 'all'
),

counted as (
    select
        costs.window_id,
        'all' as segment_kind,
        'all' as segment,
        margins.value - spend.numerator - costs.cost_to_serve as contribution,
        margins.base_count as lines_with_cost
    from costs
    inner join margins on costs.window_id = margins.window_id
    inner join spend on costs.window_id = spend.window_id
)

{{ kpi_sum('counted', 'contribution', base='lines_with_cost') }}
