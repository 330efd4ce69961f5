with

outcomes as (
    select * from {{ ref('int_campaign_outcomes') }}
),

arms as (
    select campaign_id, is_control, count(*) as customers
    from outcomes
    group by campaign_id, is_control
),

-- One row a campaign, group and characteristic: how many have it, its sum and that of its squares.
-- All three are exact, so that no order of rows moves them.
measured as (
    select
        campaign_id,
        is_control,
        'previous_margin' as characteristic,
        count(*) as customers,
        cast(sum(previous_margin) as double precision) as total,
        cast(sum({{ product('previous_margin', 'previous_margin') }}) as double precision)
            as total_squared
    from outcomes
    where is_margin_known
    group by campaign_id, is_control
    union all
    select
        campaign_id,
        is_control,
        'recency_days' as characteristic,
        count(*) as customers,
        cast(sum(recency_days) as double precision) as total,
        cast(sum(recency_days * recency_days) as double precision) as total_squared
    from outcomes
    where recency_days is not null
    group by campaign_id, is_control
    union all
    select
        arms.campaign_id,
        arms.is_control,
        shares.characteristic,
        arms.customers,
        sum(case when shares.is_control = arms.is_control then shares.customers else 0 end)
            as total,
        sum(case when shares.is_control = arms.is_control then shares.customers else 0 end)
            as total_squared
    from arms
    inner join (
        select
            campaign_id,
            is_control,
            'stage ' || stage as characteristic,
            cast(count(*) as double precision) as customers
        from outcomes
        group by campaign_id, is_control, stage
        union all
        select
            campaign_id,
            is_control,
            'bought_before' as characteristic,
            cast(count(recency_days) as double precision) as customers
        from outcomes
        group by campaign_id, is_control
    ) as shares on arms.campaign_id = shares.campaign_id
    group by arms.campaign_id, arms.is_control, shares.characteristic, arms.customers
),

described as (
    select
        campaign_id,
        is_control,
        characteristic,
        customers,
        {{ ratio('total', 'customers') }} as mean,
        greatest(
            0, {{ sum_of_deviations('total_squared', 'total', 'total', 'customers') }}
        ) / nullif(customers - 1, 0) as variance
    from measured
),

compared as (
    select
        treated.campaign_id,
        treated.characteristic,
        treated.customers as treated_customers,
        control.customers as control_customers,
        treated.mean as treated_mean,
        control.mean as control_mean,
        case
            when abs(treated.mean - control.mean) < 1e-9 then 0
            else {{ ratio(
                'treated.mean - control.mean', 'sqrt((treated.variance + control.variance) / 2)'
            ) }}
        end as standardised_difference
    from described as treated
    inner join described as control
        on
            treated.campaign_id = control.campaign_id
            and treated.characteristic = control.characteristic
    where not treated.is_control and control.is_control
)

select
    campaign_id || '|' || characteristic as balance_id,
    campaign_id,
    characteristic,
    treated_customers,
    control_customers,
    treated_mean,
    control_mean,
    standardised_difference,
    1.96 * sqrt({{ ratio('1', 'treated_customers') }} + {{ ratio('1', 'control_customers') }})
        as chance_difference,
    -- Without any spread on either side and yet different: as unlike as can be.
    coalesce(abs(standardised_difference) <= {{ var('effect_max_smd') }}, false) as is_balanced
from compared
