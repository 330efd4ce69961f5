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

parties as (
    select
        contacts.source_system,
        contacts.record_id,
        'person' as party_kind,
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
        contacts.updated_at,
        contacts.region,
        case
            when not accounts.is_person
                then {{ record_key('accounts.source_system', 'accounts.account_id') }}
        end as account_reference
    from contacts
    left join accounts on contacts.account_id = accounts.account_id
    union all
    select
        leads.source_system,
        leads.record_id,
        'person' as party_kind,
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
        leads.updated_at,
        cast(null as text) as region,
        cast(null as text) as account_reference
    from leads
    union all
    -- A person account is its contact, which is there already.
    select
        accounts.source_system,
        accounts.account_id as record_id,
        'account' as party_kind,
        cast(null as text) as first_name,
        cast(null as text) as last_name,
        accounts.account_name as full_name,
        accounts.account_name as company_name,
        cast(null as text) as email,
        accounts.phone,
        accounts.street,
        accounts.city,
        accounts.postal_code,
        accounts.country_code,
        cast(null as date) as birth_date,
        cast(null as text) as cross_reference,
        cast(null as text) as acquisition_channel,
        accounts.owner_id,
        accounts.created_at,
        accounts.updated_at,
        accounts.region,
        cast(null as text) as account_reference
    from accounts
    where not accounts.is_person
)

select
    parties.source_system,
    'crm' as source_role,
    parties.record_id,
    parties.party_kind,
    parties.first_name,
    parties.last_name,
    parties.full_name,
    parties.company_name,
    parties.email,
    parties.phone,
    parties.street,
    parties.city,
    parties.postal_code,
    parties.country_code,
    parties.birth_date,
    parties.cross_reference,
    parties.acquisition_channel,
    owners.owner_name,
    nullif('{{ var("salesforce_record_url") }}', '')
    || '/'
    || parties.record_id as record_url,
    parties.created_at,
    parties.updated_at,
    parties.region,
    parties.account_reference
from parties
left join owners on parties.owner_id = owners.owner_id
