with

calls as (
    select * from {{ latest_version(
        source('hubspot', 'calls'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_call_id,
    contact_id as source_contact_id,
    hs_timestamp as called_at,
    coalesce(upper(hs_call_direction), 'OUTBOUND') <> 'INBOUND' as is_outbound,
    coalesce(upper(hs_call_status) in ('COMPLETED', 'CONNECTED'), false) as is_answered,
    hubspot_owner_id as owner_id
from calls
where {{ before_as_of('hs_timestamp') }}
