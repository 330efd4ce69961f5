{#- Attributes that win or lose together: name of the group, its columns. -#}
{%- set groups = [
    ('name', ['full_name', 'first_name', 'last_name']),
    ('company_name', ['company_name']),
    ('email', ['email']),
    ('phone', ['phone']),
    ('address', ['city', 'postal_code', 'country_code']),
    ('birth_date', ['birth_date']),
    ('acquisition_channel', ['acquisition_channel']),
    ('owner', ['owner_name', 'record_url']),
] -%}
with

ranked_sources as (
    select
        parties.*,
        case source_role
            {%- for role, rank in var('trust_rank').items() %}
            when '{{ role }}' then {{ rank }}
            {%- endfor %}
            else 9
        end as trust_rank
    from {{ ref('int_parties_identified') }} as parties
),

ranked as (
    select
        ranked_sources.*,
        {%- for group, columns in groups %}
        row_number() over (
            partition by customer_id
            order by
                case when {{ columns | join(' is not null or ') }} is not null then 0 else 1 end,
                trust_rank asc,
                updated_at desc nulls last,
                {{ by_bytes('record_key') }} asc
        ) as {{ group }}_rank,
        {%- endfor %}
        row_number() over (
            partition by customer_id
            order by trust_rank asc, updated_at desc nulls last, {{ by_bytes('record_key') }} asc
        ) as golden_rank
    from ranked_sources
)

select
    customer_id,
    {%- for group, columns in groups %}
    {%- for column in columns %}
    max(case when {{ group }}_rank = 1 then {{ column }} end) as {{ column }},
    {%- endfor %}
    max(
        case
            when {{ group }}_rank = 1 and ({{ columns | join(' is not null or ') }} is not null)
                then record_key
        end
    ) as {{ group }}_source,
    {%- endfor %}
    max(case when golden_rank = 1 then record_key end) as golden_record_key
from ranked
group by customer_id
