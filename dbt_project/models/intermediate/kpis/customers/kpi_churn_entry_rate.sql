with windows as (
    select * from {{ kpi_windows() }} as windows
),

stays as (
    select stays.*
    from {{ ref('int_stage_stays') }} as stays
    inner join {{ ref('dim_lifecycle_stages') }} as stages
        on stays.stage = stages.stage and stages.is_customer
),

not_churned_at_start as (
    select windows.*, stays.customer_id
    from windows
    inner join stays
        on
            stays.first_boundary <= windows.window_start
            and stays.last_boundary >= windows.window_start
    where stays.stage <> 'churned'
),

entered as (
    select
        not_churned_at_start.window_id,
        not_churned_at_start.window_start,
        not_churned_at_start.period_kind,
        not_churned_at_start.customer_id,
        max(case when churned.customer_id is null then 0 else 1 end) as numerator,
        1 as denominator
    from not_churned_at_start
    left join stays as churned
        on
            not_churned_at_start.customer_id = churned.customer_id
            and churned.stage = 'churned'
            and churned.first_boundary > not_churned_at_start.window_start
            and churned.first_boundary <= not_churned_at_start.window_end
    group by
        not_churned_at_start.window_id,
        not_churned_at_start.window_start,
        not_churned_at_start.period_kind,
        not_churned_at_start.customer_id
),

{{ kpi_of_customers('entered') }}
