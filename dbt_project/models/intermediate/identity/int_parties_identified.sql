with

records as (
    select * from {{ ref('int_identity_records') }}
),

record_customers as (
    select * from {{ ref('stg_rapport__record_customers') }}
),

people as (
    select * from {{ ref('int_people_rolled_up') }}
)

select
    records.record_key,
    records.source_system,
    records.source_role,
    records.party_kind,
    records.full_name,
    records.email,
    records.phone,
    records.postal_code,
    records.city,
    records.country_code,
    records.birth_date,
    records.created_at,
    records.updated_at,
    people.person_id,
    people.customer_id,
    people.account_id
from records
inner join record_customers on records.record_key = record_customers.record_key
inner join people on record_customers.customer_id = people.person_id
