with

campaigns as (
    select
        campaign_id,
        source_system,
        min(campaign_name) as campaign_name,
        count(*) as members
    from {{ ref('fct_campaign_members') }}
    group by campaign_id, source_system
),

outcomes as (
    select * from {{ ref('int_campaign_outcomes') }}
),

counts as (
    select
        campaign_id,
        min(joined_at) as first_joined_at,
        max(measured_until) as measured_until,
        count(*) filter (where not is_control) as treated_customers,
        count(*) filter (where is_control) as control_customers,
        least(
            count(*) filter (where not is_control and is_margin_known),
            count(*) filter (where is_control and is_margin_known)
        ) as smaller_group,
        count(*) filter (where is_in_both) as customers_in_both,
        count(*) filter (where not is_control and recency_days is not null)
            as treated_bought_before,
        count(*) filter (where is_control and recency_days is not null) as control_bought_before,
        count(*) filter (where not is_margin_known) as customers_left_out,
        sum(case when not is_control then incentive_amount else 0 end) as incentive_amount
    from outcomes
    group by campaign_id
),

effects as (
    select * from {{ ref('int_campaign_effects') }}
),

-- Of small groups chance makes many unlike: a warning that comes each time warns of nothing.
balance as (
    select
        campaign_id,
        count(*) as characteristics,
        count(*) filter (
            where not is_balanced
            and coalesce(abs(standardised_difference) > chance_difference, true)
        ) as characteristics_unlike
    from {{ ref('rpt_strategy_balance') }}
    group by campaign_id
),

judged as (
    select
        campaigns.*,
        counts.first_joined_at,
        counts.measured_until,
        coalesce(counts.measured_until > {{ as_of() }}, false) as is_partial,
        coalesce(counts.treated_customers, 0) as treated_customers,
        coalesce(counts.control_customers, 0) as control_customers,
        coalesce(counts.customers_in_both, 0) as customers_in_both,
        coalesce(counts.treated_bought_before, 0) as treated_bought_before,
        coalesce(counts.control_bought_before, 0) as control_bought_before,
        coalesce(counts.customers_left_out, 0) as customers_left_out,
        counts.incentive_amount,
        balance.characteristics,
        balance.characteristics_unlike,
        balance.characteristics_unlike = 0 as is_balanced,
        effects.is_adjusted,
        effects.effect,
        effects.half_width,
        effects.plain_difference,
        effects.plain_half_width,
        case
            when counts.campaign_id is null then 'no_members'
            when counts.control_customers = 0 then 'no_control'
            when counts.treated_customers = 0 then 'no_treated'
            when
                100 * counts.customers_left_out > {{ var('effect_max_unknown_pct') }}
                * (counts.treated_customers + counts.control_customers)
                then 'margin_unknown'
            when counts.smaller_group < {{ var('effect_min_members') }} then 'too_few'
            when
                (
                    counts.treated_bought_before = counts.treated_customers
                    and counts.control_bought_before = 0
                ) or (
                    counts.treated_bought_before = 0
                    and counts.control_bought_before = counts.control_customers
                )
                then 'no_overlap'
            when not effects.has_spread or coalesce(effects.half_width, 0) = 0 then 'no_spread'
        end as unmeasured_reason
    from campaigns
    left join counts on campaigns.campaign_id = counts.campaign_id
    left join effects on campaigns.campaign_id = effects.campaign_id
    left join balance on campaigns.campaign_id = balance.campaign_id
),

measured as (
    select
        judged.*,
        unmeasured_reason is null as is_measured,
        case
            when unmeasured_reason is not null then null
            when effect - half_width > 0 then 'gain'
            when effect + half_width < 0 then 'loss'
            else 'not_significant'
        end as verdict
    from judged
)

select
    campaign_id,
    source_system,
    campaign_name,
    {{ business_date('first_joined_at') }} as first_joined_date,
    {{ business_date('measured_until') }} as measured_until_date,
    is_partial,
    members,
    treated_customers,
    control_customers,
    customers_in_both,
    treated_bought_before,
    control_bought_before,
    customers_left_out,
    {{ money('case when is_measured then effect end') }} as effect_reporting,
    {{ money('case when is_measured then effect - half_width end') }} as effect_low_reporting,
    {{ money('case when is_measured then effect + half_width end') }} as effect_high_reporting,
    {{ money('case when is_measured then plain_difference end') }} as plain_difference_reporting,
    {{ money('case when is_measured then plain_difference - plain_half_width end') }}
        as plain_low_reporting,
    {{ money('case when is_measured then plain_difference + plain_half_width end') }}
        as plain_high_reporting,
    {{ money(ratio('incentive_amount', 'treated_customers')) }} as incentive_per_treated_reporting,
    case when is_measured then is_adjusted end as is_adjusted,
    verdict,
    case when is_measured then verdict <> 'not_significant' end as is_significant,
    unmeasured_reason,
    characteristics,
    characteristics_unlike,
    is_balanced,
    {{ effect_sentence('en') }} as summary,
    {{ effect_sentence('zh') }} as summary_zh
from measured
