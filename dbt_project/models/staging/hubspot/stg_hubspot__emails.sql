with

emails as (
    select * from {{ latest_version(
        source('hubspot', 'emails'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_email_id,
    contact_id as source_contact_id,
    hs_timestamp as sent_at,
    coalesce(upper(hs_email_direction), 'EMAIL') <> 'INCOMING_EMAIL' as is_outbound,
    coalesce(upper(hs_email_status) in ('REPLIED'), false) as is_answered,
    hubspot_owner_id as owner_id
from emails
where {{ before_as_of('hs_timestamp') }}
