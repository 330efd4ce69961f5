with

deals as (
    select * from {{ ref('stg_hubspot__deals') }}
),

merged as (
    select * from {{ ref('stg_hubspot__deal_merges') }}
),

stages as (
    select * from {{ ref('stg_hubspot__deal_pipeline_stages') }}
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
    coalesce(stages.stage_name, deals.stage_id) as stage_name,
    owners.owner_name
from deals
left join merged on deals.source_deal_id = merged.merged_id
left join stages on deals.stage_id = stages.stage_id
left join owners on deals.owner_id = owners.owner_id
where merged.merged_id is null
