{#-
Golden profiles. Attributes that win or lose together, with: their columns, the value by which
sources are compared, and whether they are personal data. Columns and survivorship stand here and
nowhere else.
-#}
{% macro profile_attributes() %}
    {{ return([
        ('name', ['full_name', 'first_name', 'last_name'],
            "coalesce(full_name, coalesce(first_name, '') || ' ' || coalesce(last_name, ''))", true),
        ('company_name', ['company_name'], 'company_name', false),
        ('tax_id', ['tax_id'], 'tax_id', false),
        ('email', ['email'], 'email', true),
        ('phone', ['phone'], 'phone', true),
        ('address', ['street', 'city', 'postal_code', 'region', 'country_code'],
            "coalesce(street, '') || ' ' || coalesce(postal_code, '') || ' ' || coalesce(city, '')"
            ~ " || ' ' || coalesce(country_code, '')", true),
        ('birth_date', ['birth_date'], 'cast(birth_date as text)', true),
        ('acquisition_channel', ['acquisition_channel'], 'acquisition_channel', false),
        ('owner', ['owner_name', 'record_url'], 'owner_name', false),
    ]) }}
{% endmacro %}

{#- Rank of a record's role in survivorship, var trust_rank; a role that it does not name comes last. -#}
{% macro trust_rank(source_role) -%}
    case {{ source_role }}
        {%- for role, rank in var('trust_rank').items() %}
        when '{{ role }}' then {{ rank }}
        {%- endfor %}
        else 9
    end
{%- endmacro %}

{#-
One row a profile with its golden values, out of the records that int_profile_attributes chose.
A record that gives several is looked up once.
-#}
{% macro survived_profiles(profile_side, id) -%}
with

chosen as (
    select
        records.record_number,
        {%- for attribute, columns, value, is_personal in profile_attributes() %}
        bool_or(attributes.attribute = '{{ attribute }}') as gives_{{ attribute }},
        {%- endfor %}
        bool_or(attributes.attribute = 'record') as is_best
    from {{ ref('int_profile_records') }} as records
    inner join {{ ref('int_profile_attributes') }} as attributes
        on records.record_number = attributes.record_number
    where records.profile_side = '{{ profile_side }}'
    group by records.record_number
),

records as (
    select * from {{ ref('int_profile_records') }}
),

parties as (
    select * from {{ ref('int_identity_records') }}
)

select
    records.profile_id as {{ id }},
    {%- for attribute, columns, value, is_personal in profile_attributes() %}
    {%- for column in columns %}
    max(case when chosen.gives_{{ attribute }}
        then {{ 'records' if column in ['email', 'phone'] else 'parties' }}.{{ column }} end)
        as {{ column }},
    {%- endfor %}
    max(case when chosen.gives_{{ attribute }} then records.record_key end)
        as {{ attribute }}_source,
    {%- endfor %}
    max(case when chosen.is_best then records.record_key end) as golden_record_key
from records
inner join chosen on records.record_number = chosen.record_number
inner join parties on records.record_key = parties.record_key
group by records.profile_id
{%- endmacro %}

{#- Share of the attributes wanted of a kind of profile that are known, 0 to 100. -#}
{% macro completeness_pct(profile_kind) -%}
    {%- set known = profile_attributes() | map(attribute=1) | sum(start=[]) -%}
    {%- for one in var('profile_attributes_wanted').values() | sum(start=[]) if one not in known -%}
    {{ exceptions.raise_compiler_error(
        'vars.profile_attributes_wanted in company.yml: ' ~ one ~ ' is none of ' ~ known | join(', ')
    ) }}
    {%- endfor -%}
    case {{ profile_kind }}
        {%- for kind, wanted in var('profile_attributes_wanted').items() %}
        when '{{ kind }}' then 100 * {{ ratio(
            'cast(' ~ wanted | join(' is not null as integer) + cast(')
            ~ ' is not null as integer)', wanted | length
        ) }}
        {%- endfor %}
    end
{%- endmacro %}
