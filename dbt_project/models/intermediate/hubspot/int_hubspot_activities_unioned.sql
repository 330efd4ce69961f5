with

activities as (
    select
        source_system,
        'call-' || source_call_id as source_activity_id,
        source_contact_id,
        called_at as activity_at,
        'call' as activity_kind,
        is_outbound,
        is_answered,
        owner_id
    from {{ ref('stg_hubspot__calls') }}
    union all
    select
        source_system,
        'email-' || source_email_id as source_activity_id,
        source_contact_id,
        sent_at as activity_at,
        'email' as activity_kind,
        is_outbound,
        is_answered,
        owner_id
    from {{ ref('stg_hubspot__emails') }}
    union all
    select
        source_system,
        'meeting-' || source_meeting_id as source_activity_id,
        source_contact_id,
        met_at as activity_at,
        'meeting' as activity_kind,
        is_outbound,
        is_answered,
        owner_id
    from {{ ref('stg_hubspot__meetings') }}
    union all
    select
        source_system,
        'communication-' || source_communication_id as source_activity_id,
        source_contact_id,
        sent_at as activity_at,
        'message' as activity_kind,
        true as is_outbound,
        false as is_answered,
        owner_id
    from {{ ref('stg_hubspot__communications') }}
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
)

select
    activities.source_system,
    activities.source_activity_id,
    activities.source_contact_id,
    activities.activity_at,
    activities.activity_kind,
    activities.is_outbound,
    activities.is_answered,
    owners.owner_name
from activities
left join owners on activities.owner_id = owners.owner_id
