{%- set loyalty_days = var('loyalty_window_days') -%}
{%- set currency = var('reporting_currency') -%}
{%- set span = 'in ' ~ loyalty_days ~ ' days' if loyalty_days else 'to date' -%}
{%- set span_zh = loyalty_days ~ '天内' if loyalty_days else '累计' -%}

with purchases as (
    select * from {{ ref('int_segment_purchases') }}
),

held as (
    select * from {{ ref('int_loyalty_held') }}
),

tiers as (
    select * from {{ loyalty_tiers() }} as tiers
),

earned as (
    select
        purchases.customer_id,
        purchases.facts_before,
        purchases.evaluated_on,
        purchases.months_back,
        purchases.tier_revenue_reporting,
        max(tiers.tier_rank) as tier_rank
    from purchases
    left join tiers on purchases.tier_revenue_reporting >= tiers.min_revenue
    group by 1, 2, 3, 4, 5
)

select
    earned.customer_id,
    earned.facts_before,
    earned.evaluated_on,
    earned.months_back,
    held.tier as held_tier,
    held.tier_since as held_tier_since,
    held.accounts,
    held.points,
    case
        when held.customer_id is null then 'no loyalty account'
        else
            'tier ' || coalesce(held.tier, 'none') || ' in the source'
            || coalesce(', ' || {{ counted('held.points', 'point', 'points') }}, '')
    end as held_reason,
    case
        when held.customer_id is null then '没有会员账户'
        else
            '来源系统等级：' || coalesce(held.tier, '无')
            || coalesce('，积分' || cast(held.points as text), '')
    end as held_reason_zh,
    tiers.tier as earned_tier,
    earned.tier_revenue_reporting,
    {{ whole('earned.tier_revenue_reporting') }} || ' {{ currency }} {{ span }}' || case
        when tiers.tier is null then ', below the lowest tier'
        else ', ' || tiers.tier || ' from ' || {{ whole('tiers.min_revenue') }}
    end as earned_reason,
    '{{ span_zh }}' || {{ whole('earned.tier_revenue_reporting') }} || ' {{ currency }}' || case
        when tiers.tier is null then '，未达最低等级'
        else '，' || tiers.tier_name_zh || '门槛' || {{ whole('tiers.min_revenue') }}
    end as earned_reason_zh,
    -- Positive: behaviour earns more than the source grants.
    cast(coalesce(tiers.tier_rank, 0) - held.tier_rank as integer) as tier_difference
from earned
left join tiers on earned.tier_rank = tiers.tier_rank
left join held on earned.customer_id = held.customer_id
