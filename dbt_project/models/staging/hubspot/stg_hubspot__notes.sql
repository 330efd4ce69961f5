with

notes as (
    select * from {{ latest_version(
        source('hubspot', 'notes'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_note_id,
    contact_id as source_contact_id,
    hs_timestamp as noted_at,
    {{ clean_text('hs_note_body') }} as note,
    hubspot_owner_id as owner_id
from notes
where {{ before_as_of('hs_timestamp') }}
