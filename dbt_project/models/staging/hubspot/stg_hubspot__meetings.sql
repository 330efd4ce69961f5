with

meetings as (
    select * from {{ latest_version(
        source('hubspot', 'meetings'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_meeting_id,
    contact_id as source_contact_id,
    hs_timestamp as met_at,
    true as is_outbound,
    coalesce(upper(hs_meeting_outcome) in ('COMPLETED', 'HELD'), false) as is_answered,
    hubspot_owner_id as owner_id
from meetings
where {{ before_as_of('hs_timestamp') }}
