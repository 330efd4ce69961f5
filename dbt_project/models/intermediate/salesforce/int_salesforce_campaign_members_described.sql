with

members as (
    select * from {{ ref('stg_salesforce__campaign_members') }}
),

campaigns as (
    select * from {{ ref('stg_salesforce__campaigns') }}
)

select
    members.source_system,
    members.source_campaign_id,
    campaigns.campaign_name,
    members.source_contact_id,
    members.joined_at,
    members.is_control,
    members.incentive_amount
from members
left join campaigns on members.source_campaign_id = campaigns.source_campaign_id
