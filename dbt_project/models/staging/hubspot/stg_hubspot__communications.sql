with

communications as (
    select * from {{ latest_version(
        source('hubspot', 'communications'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_communication_id,
    contact_id as source_contact_id,
    hs_timestamp as sent_at,
    lower(hs_communication_channel_type) as channel,
    hubspot_owner_id as owner_id
from communications
where {{ before_as_of('hs_timestamp') }}
