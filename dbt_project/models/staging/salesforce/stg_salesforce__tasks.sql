with

tasks as (
    select * from {{ latest_version(
        source('salesforce', 'tasks'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_task_id,
    who_id as source_contact_id,
    -- `Type` is how calls were logged before there were subtypes, and how some telephone systems
    -- still do it.
    case
        when lower(task_subtype) in ('call', 'email') then lower(task_subtype)
        when coalesce(lower(task_subtype), 'task') = 'task' and lower(type) in ('call', 'email')
            then lower(type)
    end as activity_kind,
    lower(call_type) as call_direction,
    {{ clean_text('lower(call_disposition)') }} as call_outcome,
    coalesce(is_closed, false)
    and {{ before_as_of('coalesce(completed_date_time, created_date)') }} as is_done,
    coalesce(completed_date_time, created_date) as done_at,
    owner_id
from tasks
where {{ before_as_of('created_date') }}
