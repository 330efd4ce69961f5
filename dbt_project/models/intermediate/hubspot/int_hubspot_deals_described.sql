with

deals as (
    select * from {{ ref('stg_hubspot__deals') }}
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
)

select
    deals.source_system,
    deals.source_deal_id,
    deals.source_contact_id,
    deals.created_at,
    deals.closed_at,
    deals.is_won,
    deals.amount,
    coalesce(deals.currency, '{{ var("reporting_currency") }}') as currency,
    deals.stage_name,
    owners.owner_name
from deals
left join owners on deals.owner_id = owners.owner_id
