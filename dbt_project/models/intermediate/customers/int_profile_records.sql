with

parties as (
    select
        record_key,
        source_system,
        source_role,
        party_kind,
        person_id,
        customer_id,
        account_id,
        updated_at,
        case when party_kind = 'account' then 0 else 1 end as kind_rank,
        {{ trust_rank('source_role') }} as trust_rank
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

numbered as (
    select
        sides.*,
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
    from sides
),

described as (
    select
        numbered.*,
        {%- for attribute, columns, value, is_personal in profile_attributes() %}
        {%- for column in columns if column not in ['email', 'phone'] %}
        records.{{ column }},
        {%- endfor %}
        {%- endfor %}
        coalesce(record_keys.email_normalised, lower(records.email)) as email,
        record_keys.email_normalised is not null as is_valid_email,
        coalesce(record_keys.phone_e164, records.phone) as phone,
        record_keys.phone_e164 is not null as is_valid_phone
    from numbered
    inner join records on numbered.record_key = records.record_key
    left join record_keys on numbered.record_key = record_keys.record_key
)

select
    profile_side,
    profile_id,
    case when profile_side = 'person' then customer_id end as customer_id,
    profile_number,
    record_number,
    record_key,
    source_system,
    source_role,
    kind_rank,
    trust_rank,
    updated_at,
    email,
    is_valid_email,
    phone,
    is_valid_phone,
    {%- for attribute, columns, value, is_personal in profile_attributes() %}
    {{ columns | join(' is not null or ') }} is not null as has_{{ attribute }},
    {{ text_hash('lower(' ~ value ~ ')') }} as {{ attribute }}_hash
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from described
