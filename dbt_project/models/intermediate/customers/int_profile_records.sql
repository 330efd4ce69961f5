with

parties as (
    select
        record_key,
        source_role,
        party_kind,
        person_id,
        customer_id,
        account_id,
        updated_at
    from {{ ref('int_parties_identified') }}
),

records as (
    select * from {{ ref('int_identity_records') }}
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
),

preferred as (
    select
        profile_side,
        profile_id,
        record_key,
        updated_at,
        case when party_kind = 'account' then 0 else 1 end as kind_rank,
        {{ trust_rank('source_role') }} as trust_rank
    from sides
),

numbered as (
    select
        preferred.*,
        dense_rank() over (
            order by profile_side, {{ by_bytes('profile_id') }}
        ) as profile_number,
        row_number() over (
            order by
                profile_side asc,
                {{ by_bytes('profile_id') }} asc,
                kind_rank asc,
                trust_rank asc,
                updated_at desc nulls last,
                {{ by_bytes('record_key') }} asc
        ) as record_number
    from preferred
)

select
    numbered.profile_side,
    numbered.profile_id,
    numbered.profile_number,
    numbered.record_number,
    numbered.record_key,
    records.source_system,
    records.source_role,
    numbered.kind_rank,
    numbered.trust_rank,
    numbered.updated_at,
    records.full_name,
    records.first_name,
    records.last_name,
    records.company_name,
    records.tax_id,
    coalesce(record_keys.email_normalised, lower(records.email)) as email,
    record_keys.email_normalised is not null as is_valid_email,
    coalesce(record_keys.phone_e164, records.phone) as phone,
    record_keys.phone_e164 is not null as is_valid_phone,
    records.street,
    records.city,
    records.postal_code,
    records.region,
    records.country_code,
    records.birth_date,
    records.acquisition_channel,
    records.owner_name,
    records.record_url
from numbered
inner join records on numbered.record_key = records.record_key
left join record_keys on numbered.record_key = record_keys.record_key
