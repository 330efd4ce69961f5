with

records as (
    select * from {{ ref('int_identity_records') }}
),

parties as (
    select * from {{ ref('int_parties_unioned') }}
),

record_customers as (
    select * from {{ ref('stg_rapport__record_customers') }}
),

people as (
    select * from {{ ref('int_people_rolled_up') }}
)

select
    records.*,
    people.person_id,
    people.customer_id,
    people.account_id,
    record_customers.link_rule,
    parties.acquisition_channel,
    parties.owner_name,
    parties.record_url
from records
inner join record_customers on records.record_key = record_customers.record_key
inner join people on record_customers.customer_id = people.person_id
left join parties on records.record_key = parties.record_key
