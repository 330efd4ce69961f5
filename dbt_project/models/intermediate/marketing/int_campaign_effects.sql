with

outcomes as (
    select * from {{ ref('int_campaign_outcomes') }}
    where is_margin_known
),

-- Sums of decimals are exact: no order of rows and no number of threads moves an estimate.
sums as (
    select
        campaign_id,
        is_control,
        cast(count(*) as double precision) as customers,
        sum(margin) as total_y,
        sum(previous_margin) as total_x,
        sum({{ product('margin', 'margin') }}) as total_yy,
        sum({{ product('previous_margin', 'margin') }}) as total_xy,
        sum({{ product('previous_margin', 'previous_margin') }}) as total_xx,
        min(previous_margin) as min_x,
        max(previous_margin) as max_x,
        min(margin) as min_y,
        max(margin) as max_y
    from outcomes
    group by campaign_id, is_control
),

moments as (
    select
        campaign_id,
        is_control,
        customers,
        min_y < max_y as has_spread,
        {{ ratio('total_y', 'customers') }} as mean_y,
        {{ ratio('total_x', 'customers') }} as mean_x,
        {{ sum_of_deviations('total_yy', 'total_y', 'total_y', 'customers') }} as deviations_yy,
        {{ sum_of_deviations('total_xy', 'total_x', 'total_y', 'customers') }} as deviations_xy,
        case
            when min_x < max_x
                then {{ sum_of_deviations('total_xx', 'total_x', 'total_x', 'customers') }}
            else 0
        end as deviations_xx,
        greatest(
            cast(max_x as double precision) - {{ ratio('total_x', 'customers') }},
            {{ ratio('total_x', 'customers') }} - cast(min_x as double precision)
        ) as furthest_x
    from sums
),

paired as (
    select
        treated.campaign_id,
        treated.customers as treated_customers,
        control.customers as control_customers,
        treated.mean_y as treated_mean_y,
        control.mean_y as control_mean_y,
        treated.mean_x as treated_mean_x,
        control.mean_x as control_mean_x,
        treated.has_spread or control.has_spread as has_spread,
        {{ ratio('treated.deviations_yy', 'treated.customers * (treated.customers - 1)') }}
            as treated_variance,
        {{ ratio('control.deviations_yy', 'control.customers * (control.customers - 1)') }}
            as control_variance,
        treated.deviations_xx + control.deviations_xx as deviations_xx,
        {{ ratio(
            'treated.deviations_xy + control.deviations_xy',
            'treated.deviations_xx + control.deviations_xx'
        ) }} as slope,
        1 / least(treated.customers, control.customers)
        + {{ ratio(
            'power(greatest(treated.furthest_x, control.furthest_x), 2)',
            'treated.deviations_xx + control.deviations_xx'
        ) }} as leverage
    from moments as treated
    inner join moments as control on treated.campaign_id = control.campaign_id
    where not treated.is_control and control.is_control
),

-- A customer whose margin before is far from all others draws the line alone: the leverage
-- 1 / n + (x - mean)^2 / Sxx, of which this is a bound, says how much. Near 1 no residual is left
-- to tell how far to trust it.
lines as (
    select
        paired.*,
        coalesce(leverage <= 0.9, false) as is_adjusted,
        treated_mean_x - control_mean_x as difference_x
    from paired
),

residuals as (
    select
        outcomes.campaign_id,
        outcomes.is_control,
        lines.difference_x,
        lines.deviations_xx,
        case when outcomes.is_control then -1 / control_customers else 1 / treated_customers end
            as share,
        outcomes.previous_margin
        - case when outcomes.is_control then control_mean_x else treated_mean_x end as away_x,
        outcomes.margin - case when outcomes.is_control then control_mean_y else treated_mean_y end
            as away_y,
        lines.slope
    from outcomes
    inner join lines on outcomes.campaign_id = lines.campaign_id
    where lines.is_adjusted
),

-- HC3 (MacKinnon and White 1985) of the difference at equal margin before. Each part is rounded to
-- a decimal before the sum, so that it is exact too.
variances as (
    select
        campaign_id,
        is_control,
        cast(sum(cast(power(
            (share - difference_x * away_x / deviations_xx) * (away_y - slope * away_x)
            / (1 - abs(share) - away_x * away_x / deviations_xx), 2
        ) as numeric(38, 12))) as double precision) as variance
    from residuals
    group by campaign_id, is_control
),

estimated as (
    select
        lines.campaign_id,
        lines.is_adjusted,
        lines.has_spread,
        lines.treated_mean_y - lines.control_mean_y as plain_difference,
        case when lines.is_adjusted then lines.slope * lines.difference_x else 0 end as adjustment,
        lines.treated_variance + lines.control_variance as plain_variance,
        {{ welch_degrees('lines.treated_variance', 'lines.control_variance') }} as plain_degrees,
        treated.variance + control.variance as variance,
        {{ welch_degrees('treated.variance', 'control.variance') }} as degrees
    from lines
    left join variances as treated
        on lines.campaign_id = treated.campaign_id and not treated.is_control
    left join variances as control
        on lines.campaign_id = control.campaign_id and control.is_control
),

intervals as (
    select
        estimated.*,
        {{ t_quantile('plain_degrees') }} * sqrt(greatest(plain_variance, 0)) as plain_half_width,
        {{ t_quantile('degrees') }} * sqrt(variance) as adjusted_half_width
    from estimated
)

select
    campaign_id,
    is_adjusted,
    has_spread,
    plain_difference - adjustment as effect,
    plain_difference,
    case when is_adjusted then adjusted_half_width else plain_half_width end as half_width,
    plain_half_width
from intervals
