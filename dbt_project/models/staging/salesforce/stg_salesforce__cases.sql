with

cases as (
    select * from {{ latest_version(
        source('salesforce', 'cases'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_ticket_id,
    contact_id as source_contact_id,
    created_date as opened_at,
    {{ known_by_as_of('closed_date') }} as closed_at,
    {{ clean_text('lower(coalesce(type, reason))') }} as category,
    {{ clean_text('lower(priority)') }} as priority,
    {{ clean_text('lower(origin)') }} as channel,
    {{ clean_text('subject') }} as subject,
    {{ clean_text('description') }} as content,
    system_modstamp as updated_at
from cases
where {{ before_as_of('created_date') }}
