with

spend as (
    select * from {{ union_feed('marketing_spend') }} as feed
    where spend_date < {{ as_of_date() }}
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

totals as (
    select
        source_system,
        spend_date,
        platform,
        channel,
        campaign,
        currency,
        sum(amount) as amount
    from spend
    group by source_system, spend_date, platform, channel, campaign, currency
)

select
    {{ hash_key([
        'totals.source_system', 'totals.spend_date', 'totals.platform', 'totals.channel',
        'totals.campaign', 'totals.currency',
    ]) }} as spend_id,
    totals.source_system,
    totals.spend_date,
    totals.platform,
    totals.channel,
    totals.campaign,
    totals.currency,
    {{ money('totals.amount') }} as amount,
    {{ to_reporting('totals.amount', 'totals.currency', 'rates.rate') }} as amount_reporting
from totals
left join rates on totals.currency = rates.currency and totals.spend_date = rates.rate_date
