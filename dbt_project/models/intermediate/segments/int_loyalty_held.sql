with accounts as (
    select * from {{ ref('int_loyalty_accounts_unioned') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

tiers as (
    select * from {{ loyalty_tiers() }} as tiers
),

ranked as (
    select
        parties.customer_id,
        accounts.tier,
        tiers.tier_rank,
        {{ business_date('accounts.tier_since') }} as tier_since,
        count(*) over (partition by parties.customer_id) as accounts,
        sum(accounts.points) over (partition by parties.customer_id) as points,
        row_number() over (
            partition by parties.customer_id
            order by
                tiers.tier_rank desc nulls last,
                case when accounts.tier is null then 1 else 0 end,
                accounts.points desc nulls last,
                {{ by_bytes('accounts.source_system') }},
                {{ by_bytes('accounts.source_account_id') }}
        ) as account_rank
    from accounts
    inner join parties
        on
            {{ record_key('accounts.source_system', 'accounts.source_customer_id') }}
            = parties.record_key
    left join tiers on accounts.tier = tiers.tier
)

select
    customer_id,
    tier,
    cast(tier_rank as integer) as tier_rank,
    tier_since,
    cast(accounts as bigint) as accounts,
    cast(points as bigint) as points
from ranked
where account_rank = 1
