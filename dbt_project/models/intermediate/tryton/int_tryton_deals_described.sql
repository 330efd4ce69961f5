with

opportunities as (
    select * from {{ ref('stg_tryton__opportunities') }}
),

employees as (
    select * from {{ ref('stg_tryton__employees') }}
),

parties as (
    select * from {{ ref('stg_tryton__parties') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
)

select
    opportunities.source_system,
    opportunities.source_deal_id,
    opportunities.source_contact_id,
    opportunities.created_at,
    opportunities.closed_at,
    opportunities.is_won,
    opportunities.amount,
    currencies.currency,
    opportunities.stage_name,
    parties.party_name as owner_name
from opportunities
left join currencies on opportunities.currency_id = currencies.currency_id
left join employees on opportunities.employee_id = employees.employee_id
left join parties on employees.record_id = parties.record_id
