with

contacts as (
    select * from {{ ref('stg_salesforce__contacts') }}
),

accounts as (
    select * from {{ ref('stg_salesforce__accounts') }}
),

leads as (
    select * from {{ ref('stg_salesforce__leads') }}
),

owners as (
    select * from {{ ref('stg_salesforce__users') }}
),

people as (
    select
        contacts.source_system,
        contacts.record_id,
        contacts.first_name,
        contacts.last_name,
        contacts.full_name,
        case when not accounts.is_person then accounts.account_name end as company_name,
        contacts.email,
        contacts.phone,
        contacts.street,
        contacts.city,
        contacts.postal_code,
        contacts.country_code,
        contacts.birth_date,
        cast(null as text) as cross_reference,
        contacts.acquisition_channel,
        contacts.owner_id,
        contacts.created_at,
        contacts.updated_at
    from contacts
    left join accounts on contacts.account_id = accounts.account_id
    union all
    select
        leads.source_system,
        leads.record_id,
        leads.first_name,
        leads.last_name,
        leads.full_name,
        leads.company_name,
        leads.email,
        leads.phone,
        leads.street,
        leads.city,
        leads.postal_code,
        leads.country_code,
        cast(null as date) as birth_date,
        {{ record_key('leads.source_system', 'leads.converted_contact_id') }} as cross_reference,
        leads.acquisition_channel,
        leads.owner_id,
        leads.created_at,
        leads.updated_at
    from leads
)

select
    people.source_system,
    'crm' as source_role,
    people.record_id,
    'person' as party_kind,
    people.first_name,
    people.last_name,
    people.full_name,
    people.company_name,
    people.email,
    people.phone,
    people.street,
    people.city,
    people.postal_code,
    people.country_code,
    people.birth_date,
    people.cross_reference,
    people.acquisition_channel,
    owners.owner_name,
    nullif('{{ var("salesforce_record_url") }}', '')
    || '/'
    || people.record_id as record_url,
    people.created_at,
    people.updated_at
from people
left join owners on people.owner_id = owners.owner_id
