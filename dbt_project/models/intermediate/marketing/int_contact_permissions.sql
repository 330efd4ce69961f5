with

record_keys as (
    select * from {{ ref('stg_rapport__record_keys') }}
),

consents as (
    select * from {{ ref('int_consents_current') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

-- What can be an address or a number; a profile shows what stands in the source all the same.
reachable as (
    select distinct
        'email' as kind,
        email_normalised as contact
    from record_keys
    union all
    select distinct
        'phone' as kind,
        phone_e164 as contact
    from record_keys
),

people as (
    {%- for channel, column in contact_columns().items() %}
    select
        dim_people.person_id,
        dim_people.customer_id,
        dim_people.country_code,
        '{{ channel }}' as channel,
        reachable.contact
    from {{ ref('dim_people') }} as dim_people
    left join reachable
        on reachable.kind = '{{ column }}' and dim_people.{{ column }} = reachable.contact
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

asked as (
    select
        people.*,
        consents.is_granted,
        consents.changed_at
    from people
    left join consents
        on people.person_id = consents.person_id and people.channel = consents.channel
),

-- A no holds for each address of whoever said it: somebody else's yes for one does not undo it.
refused_contacts as (
    select distinct
        consents.channel,
        case
            {%- for channel, column in contact_columns().items() %}
            when consents.channel = '{{ channel }}' then record_keys.{{
                {'email': 'email_normalised', 'phone': 'phone_e164'}[column]
            }}
            {%- endfor %}
        end as contact
    from consents
    inner join parties on consents.person_id = parties.person_id
    inner join record_keys on parties.record_key = record_keys.record_key
    where not consents.is_granted
)

select
    asked.person_id,
    asked.customer_id,
    asked.country_code,
    asked.channel,
    asked.contact,
    asked.changed_at as consented_at,
    case
        when not asked.is_granted or refused_contacts.contact is not null then 'refused'
        when asked.is_granted then 'granted'
        else 'unknown'
    end as permission
from asked
left join refused_contacts
    on asked.channel = refused_contacts.channel and asked.contact = refused_contacts.contact
