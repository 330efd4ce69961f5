with

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
)

select
    contacts.source_system,
    contacts.source_role,
    contacts.record_id,
    contacts.party_kind,
    contacts.first_name,
    contacts.last_name,
    contacts.full_name,
    contacts.company_name,
    contacts.email,
    contacts.phone,
    contacts.street,
    contacts.city,
    contacts.postal_code,
    contacts.country_code,
    contacts.birth_date,
    contacts.cross_reference,
    contacts.acquisition_channel,
    owners.owner_name,
    nullif('{{ var("crm_record_url") }}', '')
    || contacts.record_path as record_url,
    contacts.created_at,
    contacts.updated_at
from contacts
left join owners on contacts.owner_id = owners.owner_id
