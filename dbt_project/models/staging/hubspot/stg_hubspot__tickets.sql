with

tickets as (
    select * from {{ latest_version(
        source('hubspot', 'tickets'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_ticket_id,
    contact_id as source_contact_id,
    createdate as opened_at,
    {{ known_by_as_of('closed_date') }} as closed_at,
    hs_pipeline_stage as stage_id,
    {{ clean_text('lower(hs_ticket_category)') }} as category,
    {{ clean_text('lower(hs_ticket_priority)') }} as priority,
    {{ clean_text('subject') }} as subject,
    {{ clean_text('content') }} as content,
    hs_lastmodifieddate as updated_at
from tickets
where {{ before_as_of('createdate') }}
