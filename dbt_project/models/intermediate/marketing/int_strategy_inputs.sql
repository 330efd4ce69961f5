with

profiles as (
    select * from {{ ref('dim_customers') }}
    where not is_anonymous
),

predictions as (
    select * from {{ ref('stg_rapport__churn_customers') }}
),

waiting as (
    select customer_id, min(lead_at) as lead_at
    from {{ ref('fct_leads') }}
    where
        first_response_at is null
        and lead_at >= {{ add_time(as_of(), -var('lead_conversion_days'), 'day') }}
    group by customer_id
),

offers as (
    select
        customer_id,
        count(*) as open_deals,
        sum(coalesce(amount_reporting, 0)) as open_amount_reporting
    from {{ ref('fct_deals') }}
    where is_open
    group by customer_id
),

margins as (
    select
        customer_id,
        case
            when count(*) = count(cost_amount_reporting)
                then sum(net_amount_reporting - cost_amount_reporting)
        end as margin_365_days
    from {{ ref('fct_order_lines') }}
    where revenue_date >= {{ add_days(as_of_date(), -365) }}
    group by customer_id
),

points as (
    select
        parties.customer_id,
        sum(accounts.points_expiring) as points_expiring,
        min({{ business_date('accounts.points_expire_at') }}) as points_expire_on
    from {{ ref('int_loyalty_accounts_unioned') }} as accounts
    inner join {{ ref('int_parties_identified') }} as parties
        on
            {{ record_key('accounts.source_system', 'accounts.source_customer_id') }}
            = parties.record_key
    where
        accounts.points_expiring > 0
        and accounts.points_expire_at >= {{ as_of() }}
        and accounts.points_expire_at
        < {{ add_time(as_of(), var('strategy_points_days'), 'day') }}
    group by parties.customer_id
)

select
    profiles.customer_id,
    profiles.customer_kind,
    profiles.is_customer,
    profiles.stage,
    case
        when waiting.customer_id is not null and not profiles.is_customer then 'lead_waiting'
        else profiles.stage
    end as strategy_stage,
    profiles.stage_since,
    profiles.value_tier,
    predictions.churn_probability_90_days,
    case
        when predictions.churn_probability_90_days >= {{ var('strategy_high_risk') }} then 'high'
        when predictions.churn_probability_90_days is not null then 'low'
    end as risk,
    profiles.recency_days,
    profiles.expected_gap_days,
    profiles.overdue,
    profiles.orders,
    profiles.net_revenue_reporting,
    case
        when profiles.is_customer and margins.customer_id is null then 0
        when profiles.is_customer then margins.margin_365_days
    end as margin_365_days,
    coalesce(offers.open_deals, 0) as open_deals,
    coalesce(offers.open_amount_reporting, 0) as open_amount_reporting,
    case when not profiles.is_customer then waiting.lead_at end as lead_at,
    {{ hours_between('waiting.lead_at', as_of()) }} as hours_waiting,
    points.points_expiring,
    points.points_expire_on,
    case
        when profiles.customer_kind = 'person' then {{ next_anniversary('profiles.birth_date') }}
    end as next_birthday_on,
    profiles.country_code,
    profiles.owner_name,
    profiles.record_url
from profiles
left join predictions on profiles.customer_id = predictions.customer_id
left join waiting on profiles.customer_id = waiting.customer_id
left join offers on profiles.customer_id = offers.customer_id
left join margins on profiles.customer_id = margins.customer_id
left join points on profiles.customer_id = points.customer_id
