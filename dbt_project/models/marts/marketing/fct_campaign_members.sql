with

members as (
    select * from {{ union_feed('campaign_members') }} as feed
    where {{ before_as_of('joined_at') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

identified as (
    select
        members.*,
        parties.customer_id,
        parties.person_id,
        {{ record_key('members.source_system', 'members.source_campaign_id') }} as campaign_id,
        -- Somebody who stands twice in the CRM is one member, and treated if one record was.
        row_number() over (
            partition by
                members.source_system,
                members.source_campaign_id,
                coalesce(parties.person_id, members.source_contact_id)
            order by
                case when members.is_control then 1 else 0 end,
                members.joined_at,
                {{ by_bytes('members.source_contact_id') }}
        ) as member_rank,
        -- What the records that were treated alike got, each of them.
        sum(members.incentive_amount) over (
            partition by
                members.source_system,
                members.source_campaign_id,
                coalesce(parties.person_id, members.source_contact_id),
                coalesce(members.is_control, false)
        ) as incentives_amount
    from members
    left join parties
        on {{ record_key('members.source_system', 'members.source_contact_id') }}
            = parties.record_key
)

select
    campaign_id || '|' || source_contact_id as campaign_member_id,
    campaign_id,
    customer_id,
    person_id,
    source_system,
    campaign_name,
    joined_at,
    {{ business_date('joined_at') }} as joined_date,
    coalesce(is_control, false) as is_control,
    {{ money('incentives_amount') }} as incentive_amount
from identified
where member_rank = 1
