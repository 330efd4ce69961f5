with

events as (
    select * from {{ latest_version(
        source('salesforce', 'events'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_event_id,
    who_id as source_contact_id,
    case when lower(type) = 'call' then 'call' else 'meeting' end as activity_kind,
    start_date_time as starts_at,
    owner_id
from events
where
    -- The copies in the calendars of colleagues, and the pattern of a series, are no events.
    not coalesce(is_child, false)
    and not coalesce(is_recurrence, false)
    and {{ before_as_of('start_date_time') }}
