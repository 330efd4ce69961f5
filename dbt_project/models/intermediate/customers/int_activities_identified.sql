with

activities as (
    select * from {{ union_feed('activities') }} as feed
    where {{ before_as_of('activity_at') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
)

select
    {{ record_key('activities.source_system', 'activities.source_activity_id') }} as activity_id,
    parties.customer_id,
    parties.person_id,
    activities.source_system,
    activities.activity_at,
    activities.activity_kind,
    coalesce(activities.is_outbound, true) as is_outbound,
    coalesce(activities.is_answered, false) as is_answered
from activities
inner join parties
    on {{ record_key('activities.source_system', 'activities.source_contact_id') }}
        = parties.record_key
