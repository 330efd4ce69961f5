with

referrals as (
    select * from {{ ref('int_referrals_unioned') }}
    where {{ before_as_of('referred_at') }}
),

parties as (
    select record_key, customer_id from {{ ref('int_parties_identified') }}
),

identified as (
    select
        {{ record_key('referrals.source_system', 'referrals.source_referral_id') }} as referral_id,
        referrals.source_system,
        referrals.referred_at,
        referrers.customer_id as referrer_customer_id,
        referred.customer_id as referred_customer_id
    from referrals
    left join parties as referrers
        on {{ record_key('referrals.source_system', 'referrals.source_referrer_id') }}
            = referrers.record_key
    left join parties as referred
        on {{ record_key('referrals.source_system', 'referrals.source_referred_id') }}
            = referred.record_key
),

-- Who is referred more than once is credited to the first who did.
ranked as (
    select
        identified.*,
        row_number() over (
            partition by referred_customer_id
            order by referred_at, {{ by_bytes('referral_id') }}
        ) as referral_rank
    from identified
    where referrer_customer_id <> referred_customer_id
),

credited as (
    select * from ranked
    where referral_rank = 1
),

first_orders as (
    select orders.customer_id, min(orders.order_date) as first_order_date
    from credited
    inner join {{ ref('fct_orders') }} as orders
        on credited.referred_customer_id = orders.customer_id
    group by orders.customer_id
),

-- The margin of the twelve months from the first order on; unknown where a cost is.
margins as (
    select
        first_orders.customer_id,
        first_orders.first_order_date,
        case
            when count(*) = count(lines.cost_amount_reporting)
                then sum(lines.net_amount_reporting - lines.cost_amount_reporting)
        end as first_year_margin
    from first_orders
    inner join {{ ref('fct_order_lines') }} as lines
        on
            first_orders.customer_id = lines.customer_id
            and lines.revenue_date >= first_orders.first_order_date
            and lines.revenue_date < {{ add_months('first_orders.first_order_date', 12) }}
    group by first_orders.customer_id, first_orders.first_order_date
)

select
    credited.referral_id,
    credited.source_system,
    credited.referrer_customer_id,
    credited.referred_customer_id,
    credited.referred_at,
    {{ business_date('credited.referred_at') }} as referred_date,
    margins.first_order_date as referred_first_order_date,
    {{ money('margins.first_year_margin') }} as first_year_margin_reporting,
    coalesce(
        {{ add_months('margins.first_order_date', 12) }} <= {{ as_of_date() }}, false
    ) as is_first_year_over
from credited
left join margins on credited.referred_customer_id = margins.customer_id
