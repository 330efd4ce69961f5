with

parties as (
    select * from {{ ref('int_parties_identified') }}
),

record_keys as (
    select * from {{ ref('stg_rapport__record_keys') }}
),

-- What an account's contacts know of themselves is theirs, not the account's.
sides as (
    select
        'customer' as profile_side,
        customer_id as profile_id,
        parties.*
    from parties
    where person_id = customer_id or party_kind = 'account'
    union all
    select
        'person' as profile_side,
        person_id as profile_id,
        parties.*
    from parties
    where party_kind = 'person' and (person_id <> customer_id or account_id = person_id)
)

select
    sides.profile_side,
    sides.profile_id,
    sides.record_key,
    sides.source_system,
    sides.source_role,
    case when sides.party_kind = 'account' then 0 else 1 end as kind_rank,
    {{ trust_rank('sides.source_role') }} as trust_rank,
    sides.updated_at,
    sides.full_name,
    sides.first_name,
    sides.last_name,
    sides.company_name,
    sides.tax_id,
    coalesce(record_keys.email_normalised, lower(sides.email)) as email,
    record_keys.email_normalised is not null as is_valid_email,
    coalesce(record_keys.phone_e164, sides.phone) as phone,
    record_keys.phone_e164 is not null as is_valid_phone,
    sides.street,
    sides.city,
    sides.postal_code,
    sides.region,
    sides.country_code,
    sides.birth_date,
    sides.acquisition_channel,
    sides.owner_name,
    sides.record_url
from sides
left join record_keys on sides.record_key = record_keys.record_key
