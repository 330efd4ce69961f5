with

tasks as (
    select * from {{ latest_version(
        source('hubspot', 'tasks'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_task_id,
    contact_id as source_contact_id,
    hs_createdate as created_at,
    hs_timestamp as due_at,
    {{ clean_text('hs_task_subject') }} as subject,
    coalesce(upper(hs_task_status) = 'COMPLETED', false) as is_completed,
    hubspot_owner_id as owner_id
from tasks
where {{ before_as_of('hs_createdate') }}
