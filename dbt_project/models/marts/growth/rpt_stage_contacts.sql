with months as (
    select period_start, period_end, is_partial from {{ ref('int_kpi_periods') }}
    where period_kind = 'month'
),

-- What people and company told each other; visits and orders are no contacts.
contacts as (
    select
        customer_id,
        {{ period_start('month', 'touch_date') }} as month,
        channel,
        is_inbound,
        count(*) as contacts
    from {{ ref('fct_touchpoints') }}
    where
        touchpoint_kind not in ('session', 'order', 'quote', 'deal')
        and touch_date < {{ as_of_date() }}
    group by customer_id, {{ period_start('month', 'touch_date') }}, channel, is_inbound
),

stays as (
    select stays.*
    from {{ ref('int_stage_stays') }} as stays
    inner join {{ ref('int_lifecycle_profiles') }} as profiles
        on stays.customer_id = profiles.customer_id and profiles.profile_kind <> 'device'
),

at_start as (
    select months.period_start, stays.stage, count(*) as profiles
    from months
    inner join stays
        on
            months.period_start >= stays.first_boundary
            and months.period_start <= stays.last_boundary
    group by months.period_start, stays.stage
),

counted as (
    select
        months.period_start,
        months.is_partial,
        coalesce(stays.stage, 'unknown') as stage,
        coalesce(contacts.channel, 'unknown') as channel,
        contacts.is_inbound,
        sum(contacts.contacts) as contacts,
        count(distinct contacts.customer_id) as profiles_reached
    from months
    inner join contacts on months.period_start = contacts.month
    left join stays
        on
            contacts.customer_id = stays.customer_id
            and months.period_start >= stays.first_boundary
            and months.period_start <= stays.last_boundary
    group by
        months.period_start,
        months.is_partial,
        coalesce(stays.stage, 'unknown'),
        coalesce(contacts.channel, 'unknown'),
        contacts.is_inbound
)

select
    cast(counted.period_start as text) || '|' || counted.stage || '|' || counted.channel || '|'
    || case when counted.is_inbound then 'in' else 'out' end as stage_contacts_id,
    counted.period_start as month,
    counted.is_partial,
    counted.stage,
    counted.channel,
    counted.is_inbound,
    cast(counted.contacts as bigint) as contacts,
    cast(counted.profiles_reached as bigint) as profiles_reached,
    cast(at_start.profiles as bigint) as profiles,
    {{ ratio('counted.contacts', 'at_start.profiles') }} as contacts_per_profile
from counted
left join at_start
    on counted.period_start = at_start.period_start and counted.stage = at_start.stage
