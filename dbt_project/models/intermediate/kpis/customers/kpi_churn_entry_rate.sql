with windows as (
    select * from {{ kpi_windows() }} as windows
),

stays as (
    select
        stays.customer_id,
        stays.stage,
        stays.first_boundary,
        stays.last_boundary,
        min(case when stays.stage = 'churned' then stays.first_boundary end) over (
            partition by stays.customer_id
            order by stays.first_boundary
            rows between 1 following and unbounded following
        ) as next_churned_on
    from {{ ref('int_stage_stays') }} as stays
    inner join {{ ref('dim_lifecycle_stages') }} as stages
        on stays.stage = stages.stage and stages.is_customer
),

described as (
    select
        stays.*,
        origins.country,
        origins.channel
    from stays
    left join {{ ref('int_kpi_customer_origins') }} as origins
        on stays.customer_id = origins.customer_id
    where stays.stage <> 'churned'
),

entered as (
    select
        windows.window_id,
        windows.window_start,
        windows.period_kind,
        described.country,
        described.channel,
        described.customer_id,
        case when described.next_churned_on <= windows.window_end then 1 else 0 end as numerator,
        1 as denominator
    from windows
    inner join described
        on
            described.first_boundary <= windows.window_start
            and described.last_boundary >= windows.window_start
),

{{ kpi_of_customers('entered') }}
