{#- A value that cannot be one loses against one that can, whoever gave it. -#}
{%- set validity = {'email': 'is_valid_email', 'phone': 'is_valid_phone'} -%}
with

-- Each part reads its own columns: a CTE that is read so often would be written out whole.
candidates as (
    {%- for attribute, columns, value, is_personal in profile_attributes() %}
    select
        profile_number,
        '{{ attribute }}' as attribute,
        record_number,
        {{ validity.get(attribute, 'true') }} as is_valid,
        {{ attribute }}_hash as compared
    from {{ ref('int_profile_records') }}
    where has_{{ attribute }}
    union all
    {%- endfor %}
    select
        profile_number,
        'record' as attribute,
        record_number,
        true as is_valid,
        null as compared
    from {{ ref('int_profile_records') }}
),

chosen as (
    select
        profile_number,
        attribute,
        coalesce(min(record_number) filter (where is_valid), min(record_number)) as record_number,
        bool_or(is_valid) as is_valid,
        count(*) as candidates,
        -- Records as a whole have no value to agree on.
        coalesce(min(compared) = max(compared), false) as is_agreed
    from candidates
    group by profile_number, attribute
),

-- The next best of those that tell something else.
seconds as (
    select
        chosen.profile_number,
        chosen.attribute,
        chosen.record_number as chosen_number,
        chosen.is_valid as is_chosen_valid,
        coalesce(
            min(candidates.record_number) filter (where candidates.is_valid),
            min(candidates.record_number)
        ) as record_number,
        bool_or(candidates.is_valid) as is_valid
    from chosen
    inner join candidates
        on
            chosen.profile_number = candidates.profile_number
            and chosen.attribute = candidates.attribute
            and chosen.record_number <> candidates.record_number
    where not chosen.is_agreed
    group by chosen.profile_number, chosen.attribute, chosen.record_number, chosen.is_valid
),

contested as (
    select
        seconds.profile_number,
        seconds.attribute,
        case
            when seconds.is_chosen_valid and not seconds.is_valid then 'valid'
            when records.kind_rank < second_records.kind_rank then 'account'
            when records.trust_rank < second_records.trust_rank then 'trust'
            when
                records.updated_at > second_records.updated_at
                or second_records.updated_at is null and records.updated_at is not null
                then 'freshness'
            else 'order'
        end as rule
    from seconds
    inner join {{ ref('int_profile_records') }} as records
        on seconds.chosen_number = records.record_number
    inner join {{ ref('int_profile_records') }} as second_records
        on seconds.record_number = second_records.record_number
)

select
    chosen.profile_number,
    chosen.attribute,
    chosen.record_number,
    case
        when chosen.candidates = 1 then 'only'
        when chosen.is_agreed then 'agreed'
        else contested.rule
    end as rule,
    chosen.candidates
from chosen
left join contested
    on
        chosen.profile_number = contested.profile_number
        and chosen.attribute = contested.attribute
