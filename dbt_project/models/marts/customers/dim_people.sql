with

people as (
    select
        parties.person_id,
        max(parties.customer_id) as customer_id,
        max(parties.account_id) as account_id,
        bool_or(parties.source_role = 'crm') as has_crm_record,
        bool_or(parties.source_role = 'erp') as has_erp_record,
        bool_or(parties.source_role = 'web') as has_web_record,
        count(*) as records,
        min(parties.created_at) as first_seen_at
    from {{ ref('int_parties_identified') }} as parties
    where parties.party_kind = 'person'
    group by parties.person_id
),

own_profiles as (
    select distinct profile_id from {{ ref('int_profile_records') }}
    where profile_side = 'person'
),

own_golden as (
    {{ survived_profiles('person', 'person_id') }}
),

golden as (
    {%- set columns = ['full_name', 'first_name', 'last_name', 'email', 'phone', 'country_code',
        'birth_date', 'owner_name', 'record_url', 'golden_record_key'] %}
    -- A private person is the customer; of all others the own records tell.
    select person_id, {{ columns | join(', ') }}
    from own_golden
    union all
    select customers.customer_id, customers.{{ columns | join(', customers.') }}
    from {{ ref('dim_customers') }} as customers
    left join own_profiles on customers.customer_id = own_profiles.profile_id
    where own_profiles.profile_id is null
)

select
    people.person_id,
    people.customer_id,
    people.account_id,
    case
        when people.person_id <> people.customer_id then 'contact'
        when people.person_id = people.account_id then 'buyer'
        else 'customer'
    end as person_role,
    golden.full_name,
    golden.first_name,
    golden.last_name,
    golden.email,
    golden.phone,
    golden.country_code,
    golden.birth_date,
    golden.owner_name,
    golden.record_url,
    golden.golden_record_key,
    people.has_crm_record,
    people.has_erp_record,
    people.has_web_record,
    people.records,
    {{ known_by_as_of('people.first_seen_at') }} as first_seen_at
from people
inner join golden on people.person_id = golden.person_id
