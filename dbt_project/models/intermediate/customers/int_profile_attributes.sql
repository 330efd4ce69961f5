{#- A value that cannot be one loses against one that can, whoever gave it. -#}
{%- set validity = {
    'email': 'case when is_valid_email then 0 else 1 end',
    'phone': 'case when is_valid_phone then 0 else 1 end',
} -%}
with

records as (
    select * from {{ ref('int_profile_records') }}
),

candidates as (
    {%- for attribute, columns, value, is_personal in profile_attributes() %}
    select
        profile_side,
        profile_id,
        '{{ attribute }}' as attribute,
        record_key,
        source_system,
        source_role,
        {{ validity.get(attribute, '0') }} as validity_rank,
        kind_rank,
        trust_rank,
        updated_at,
        lower({{ value }}) as compared
    from records
    where {{ columns | join(' is not null or ') }} is not null
    union all
    {%- endfor %}
    select
        profile_side,
        profile_id,
        'record' as attribute,
        record_key,
        source_system,
        source_role,
        0 as validity_rank,
        kind_rank,
        trust_rank,
        updated_at,
        record_key as compared
    from records
),

ranked as (
    select
        candidates.*,
        row_number() over best_first as candidate_rank,
        count(*) over whole_profile as candidates,
        min({{ by_bytes('compared') }}) over whole_profile
        = max({{ by_bytes('compared') }}) over whole_profile as is_agreed,
        lead(validity_rank) over best_first as next_validity_rank,
        lead(kind_rank) over best_first as next_kind_rank,
        lead(trust_rank) over best_first as next_trust_rank,
        lead(updated_at) over best_first as next_updated_at
    from candidates
    window
        whole_profile as (partition by profile_side, profile_id, attribute),
        best_first as (
            partition by profile_side, profile_id, attribute
            order by
                validity_rank asc,
                kind_rank asc,
                trust_rank asc,
                updated_at desc nulls last,
                {{ by_bytes('record_key') }} asc
        )
)

select
    profile_side,
    profile_id,
    attribute,
    record_key,
    source_system,
    source_role,
    updated_at,
    case
        when candidates = 1 then 'only'
        when is_agreed then 'agreed'
        when validity_rank < next_validity_rank then 'valid'
        when kind_rank < next_kind_rank then 'account'
        when trust_rank < next_trust_rank then 'trust'
        when updated_at > next_updated_at or next_updated_at is null and updated_at is not null
            then 'freshness'
        else 'order'
    end as rule,
    candidates
from ranked
where candidate_rank = 1
