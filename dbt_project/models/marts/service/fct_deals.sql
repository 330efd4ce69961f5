with

deals as (
    select * from {{ ref('int_deals_unioned') }}
    where {{ before_as_of('created_at') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

current_stages as (
    select * from {{ ref('int_deal_stages_dated') }}
    where is_current
)

select
    deals.deal_id,
    parties.customer_id,
    parties.person_id,
    deals.source_system,
    deals.created_at,
    {{ business_date('deals.created_at') }} as created_date,
    {{ known_by_as_of('deals.closed_at') }} as closed_at,
    case when {{ before_as_of('deals.closed_at') }} then deals.is_won end as is_won,
    not {{ before_as_of('deals.closed_at') }} as is_open,
    coalesce(current_stages.stage_name, deals.stage_name) as stage_name,
    deals.owner_name,
    deals.currency,
    deals.amount,
    {{ to_reporting('deals.amount', 'deals.currency', 'rates.rate') }} as amount_reporting
from deals
left join parties
    on {{ record_key('deals.source_system', 'deals.source_contact_id') }} = parties.record_key
left join rates
    on deals.currency = rates.currency
        and {{ business_date('deals.created_at') }} = rates.rate_date
left join current_stages
    on deals.deal_id = current_stages.deal_id
