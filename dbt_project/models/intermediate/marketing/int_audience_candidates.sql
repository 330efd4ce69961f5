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

permissions as (
    select * from {{ ref('int_contact_permissions') }}
),

judged as (
    select
        wanted.audience,
        wanted.customer_id,
        wanted.channel,
        permissions.person_id,
        permissions.country_code,
        permissions.contact,
        permissions.consented_at,
        case
            when permissions.person_id is null then 'nobody_known'
            when permissions.permission = 'refused' then 'refused'
            when permissions.permission = 'unknown' then 'consent_unknown'
            when permissions.contact is null then 'no_address'
            else 'member'
        end as outcome
    from wanted
    left join permissions
        on wanted.customer_id = permissions.customer_id and wanted.channel = permissions.channel
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
