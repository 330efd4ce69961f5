with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

stays as (
    select stays.*
    from {{ ref('int_stage_stays') }} as stays
    inner join {{ ref('dim_lifecycle_stages') }} as stages
        on stays.stage = stages.stage and stages.is_customer
),

not_churned_at_start as (
    select windows.window_id, windows.window_start, windows.window_end, stays.customer_id
    from windows
    inner join stays
        on
            stays.first_boundary <= windows.window_start
            and stays.last_boundary >= windows.window_start
    where stays.stage <> 'churned'
),

counted as (
    select
        not_churned_at_start.window_id,
        count(distinct churned.customer_id) as numerator,
        count(distinct not_churned_at_start.customer_id) as denominator
    from not_churned_at_start
    left join stays as churned
        on
            not_churned_at_start.customer_id = churned.customer_id
            and churned.stage = 'churned'
            and churned.first_boundary > not_churned_at_start.window_start
            and churned.first_boundary <= not_churned_at_start.window_end
    group by not_churned_at_start.window_id
)

{{ kpi_share('counted') }}
