with

campaign_members as (
    select * from {{ latest_version(
        source('hubspot', 'campaign_members'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_member_id,
    campaign_id as source_campaign_id,
    contact_id as source_contact_id,
    joined_at,
    coalesce(is_control, false) as is_control,
    {{ money('incentive_amount') }} as incentive_amount
from campaign_members
where {{ before_as_of('joined_at') }}
