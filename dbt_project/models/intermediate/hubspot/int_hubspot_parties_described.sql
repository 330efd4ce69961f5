with

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
),

merged as (
    select * from {{ ref('stg_hubspot__contact_merges') }}
),

companies as (
    select * from {{ ref('stg_hubspot__companies') }}
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

described as (
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
        {{ record_key('contacts.source_system', 'merged.surviving_id') }} as cross_reference,
        contacts.acquisition_channel,
        owners.owner_name,
        nullif('{{ var("crm_record_url") }}', '')
        || contacts.record_path as record_url,
        contacts.created_at,
        contacts.updated_at,
        contacts.region,
        {{ record_key('contacts.source_system', "'company:' || contacts.company_id") }}
            as account_reference
    from contacts
    left join owners on contacts.owner_id = owners.owner_id
    left join merged on contacts.record_id = merged.merged_id
),

-- Ids of companies and of contacts may meet.
accounts as (
    select
        companies.source_system,
        'crm' as source_role,
        'company:' || companies.company_id as record_id,
        'account' as party_kind,
        cast(null as text) as first_name,
        cast(null as text) as last_name,
        companies.company_name as full_name,
        companies.company_name,
        cast(null as text) as email,
        companies.phone,
        companies.street,
        companies.city,
        companies.postal_code,
        companies.country_code,
        cast(null as date) as birth_date,
        cast(null as text) as cross_reference,
        cast(null as text) as acquisition_channel,
        owners.owner_name,
        nullif('{{ var("crm_record_url") }}', '')
        || companies.record_path as record_url,
        companies.created_at,
        companies.updated_at,
        companies.region,
        cast(null as text) as account_reference
    from companies
    left join owners on companies.owner_id = owners.owner_id
),

-- Merged before the first load: older deals, tickets and answers still name them.
unknown as (
    select
        survivors.source_system,
        survivors.source_role,
        merged.merged_id as record_id,
        survivors.party_kind,
        {%- for name in [
            'first_name', 'last_name', 'full_name', 'company_name', 'email', 'phone', 'street',
            'city', 'postal_code', 'country_code',
        ] %}
        cast(null as text) as {{ name }},
        {%- endfor %}
        cast(null as date) as birth_date,
        {{ record_key('survivors.source_system', 'survivors.record_id') }} as cross_reference,
        cast(null as text) as acquisition_channel,
        cast(null as text) as owner_name,
        cast(null as text) as record_url,
        survivors.created_at,
        cast(null as timestamp) as updated_at,
        cast(null as text) as region,
        cast(null as text) as account_reference
    from merged
    inner join contacts as survivors on merged.surviving_id = survivors.record_id
    left join contacts as known on merged.merged_id = known.record_id
    where known.record_id is null
)

select * from described
union all
select * from accounts
union all
select * from unknown
