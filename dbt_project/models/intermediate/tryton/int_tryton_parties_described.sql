with

parties as (
    select * from {{ ref('stg_tryton__parties') }}
),

contact_mechanisms as (
    select * from {{ ref('stg_tryton__contact_mechanisms') }}
),

addresses as (
    select * from {{ ref('stg_tryton__addresses') }}
),

countries as (
    select * from {{ ref('stg_tryton__countries') }}
),

employees as (
    select * from {{ ref('stg_tryton__employees') }}
),

companies as (
    select * from {{ ref('stg_tryton__companies') }}
),

ranked_mechanisms as (
    select
        contact_mechanisms.*,
        case when mechanism_kind = 'email' then 'email' else 'phone' end as channel,
        row_number() over (
            partition by
                record_id,
                case when mechanism_kind = 'email' then 'email' else 'phone' end
            order by
                case when mechanism_kind = 'mobile' then 0 else 1 end,
                mechanism_order asc nulls last,
                cast(contact_mechanism_id as bigint)
        ) as mechanism_rank
    from contact_mechanisms
    where mechanism_kind in ('email', 'phone', 'mobile')
),

ranked_addresses as (
    select
        addresses.*,
        row_number() over (
            partition by record_id
            order by address_order asc nulls last, cast(address_id as bigint)
        ) as address_rank
    from addresses
),

ours as (
    select record_id from employees
    union
    select record_id from companies
)

select
    parties.source_system,
    'erp' as source_role,
    parties.record_id,
    '{{ var("tryton_party_kind") }}' as party_kind,
    cast(null as text) as first_name,
    cast(null as text) as last_name,
    parties.party_name as full_name,
    case when '{{ var("tryton_party_kind") }}' = 'account' then parties.party_name end
        as company_name,
    emails.mechanism_value as email,
    phones.mechanism_value as phone,
    ranked_addresses.street,
    ranked_addresses.city,
    ranked_addresses.postal_code,
    countries.country_code,
    cast(null as date) as birth_date,
    {{ record_key('parties.source_system', 'parties.replaced_by_id') }} as cross_reference,
    cast(null as text) as acquisition_channel,
    cast(null as text) as owner_name,
    cast(null as text) as record_url,
    parties.created_at,
    parties.updated_at
from parties
left join ours on parties.record_id = ours.record_id
left join ranked_mechanisms as emails
    on
        parties.record_id = emails.record_id
        and emails.channel = 'email'
        and emails.mechanism_rank = 1
left join ranked_mechanisms as phones
    on
        parties.record_id = phones.record_id
        and phones.channel = 'phone'
        and phones.mechanism_rank = 1
left join ranked_addresses
    on parties.record_id = ranked_addresses.record_id and ranked_addresses.address_rank = 1
left join countries on ranked_addresses.country_id = countries.country_id
where ours.record_id is null
