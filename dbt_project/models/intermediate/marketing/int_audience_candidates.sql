with

actions as (
    select * from {{ ref('rpt_next_actions') }}
),

wanted as (
    select action as audience, customer_id, channel
    from actions
    where channel <> 'none'
    {%- for audience, day in {
        'birthday': 'birthday_on', 'points_expiring': 'points_expire_on', 'holiday': 'holiday_on'
    }.items() %}
    union all
    select '{{ audience }}' as audience, customer_id, 'email' as channel
    from actions
    where is_customer and {{ day }} is not null
    {%- endfor %}
),

-- What can be an address or a number; a profile shows what stands in the source all the same.
reachable as (
    select distinct
        'email' as kind,
        email_normalised as contact
    from {{ ref('stg_rapport__record_keys') }}
    union all
    select distinct
        'phone' as kind,
        phone_e164 as contact
    from {{ ref('stg_rapport__record_keys') }}
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

consents as (
    select * from {{ ref('int_consents_current') }}
),

-- A no holds for the address: somebody else's yes for the same mailbox does not undo it.
refused_contacts as (
    select distinct people.channel, people.contact
    from people
    inner join consents
        on people.person_id = consents.person_id and people.channel = consents.channel
    where not consents.is_granted and people.contact is not null
),

judged as (
    select
        wanted.audience,
        wanted.customer_id,
        wanted.channel,
        people.person_id,
        people.country_code,
        people.contact,
        consents.changed_at as consented_at,
        case
            when people.person_id is null then 'nobody_known'
            when not consents.is_granted or refused_contacts.contact is not null then 'refused'
            when consents.is_granted is null then 'consent_unknown'
            when people.contact is null then 'no_address'
            else 'member'
        end as outcome
    from wanted
    left join people
        on wanted.customer_id = people.customer_id and wanted.channel = people.channel
    left join consents
        on people.person_id = consents.person_id and people.channel = consents.channel
    left join refused_contacts
        on people.channel = refused_contacts.channel and people.contact = refused_contacts.contact
),

ranked as (
    select
        judged.*,
        row_number() over (
            partition by audience, outcome, contact
            order by consented_at, {{ by_bytes('person_id') }}
        ) as contact_rank
    from judged
)

select
    audience,
    customer_id,
    channel,
    person_id,
    country_code,
    contact,
    consented_at,
    case when outcome = 'member' and contact_rank > 1 then 'address_twice' else outcome end
        as outcome
from ranked
