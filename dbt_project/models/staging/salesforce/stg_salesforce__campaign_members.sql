with

campaign_members as (
    select * from {{ latest_version(
        source('salesforce', 'campaign_members'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_member_id,
    campaign_id as source_campaign_id,
    -- A lead's membership gets the contact as well when the lead is converted.
    coalesce(contact_id, lead_id) as source_contact_id,
    created_date as joined_at,
    coalesce(is_control, false) as is_control,
    {{ money('incentive_amount') }} as incentive_amount
from campaign_members
where {{ before_as_of('created_date') }}
