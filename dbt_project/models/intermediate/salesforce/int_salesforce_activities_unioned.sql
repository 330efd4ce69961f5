with

tasks as (
    select * from {{ ref('stg_salesforce__tasks') }}
    where activity_kind is not null and coalesce(call_direction, '') <> 'internal'
),

events as (
    select * from {{ ref('stg_salesforce__events') }}
),

messages as (
    select * from {{ ref('stg_salesforce__email_messages') }}
),

owners as (
    select * from {{ ref('stg_salesforce__users') }}
),

replied as (
    select distinct replied_message_id from messages
    where is_incoming and replied_message_id is not null
),

mails as (
    select
        messages.source_task_id,
        min(messages.sent_at) as sent_at,
        max(case when messages.is_incoming then 1 else 0 end) = 1 as is_incoming,
        count(replied.replied_message_id) > 0 as is_answered
    from messages
    left join replied on messages.source_message_id = replied.replied_message_id
    where messages.source_task_id is not null
    group by messages.source_task_id
),

activities as (
    select
        tasks.source_system,
        tasks.source_task_id as source_activity_id,
        tasks.source_contact_id,
        coalesce(mails.sent_at, tasks.done_at) as activity_at,
        tasks.activity_kind,
        case
            when tasks.activity_kind = 'call'
                then coalesce(tasks.call_direction, 'outbound') <> 'inbound'
            else not coalesce(mails.is_incoming, false)
        end as is_outbound,
        case
            when tasks.activity_kind = 'call'
                then {{ is_one_of('tasks.call_outcome', var('salesforce_answered_calls')) }}
            else coalesce(mails.is_answered, false)
        end as is_answered,
        tasks.owner_id
    from tasks
    left join mails on tasks.source_task_id = mails.source_task_id
    -- A mail that came in waits as an open task until somebody has dealt with it.
    where tasks.is_done or mails.source_task_id is not null
    union all
    select
        source_system,
        source_event_id as source_activity_id,
        source_contact_id,
        starts_at as activity_at,
        activity_kind,
        true as is_outbound,
        true as is_answered,
        owner_id
    from events
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
