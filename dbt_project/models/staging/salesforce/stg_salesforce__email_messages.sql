with

email_messages as (
    select * from {{ latest_version(
        source('salesforce', 'email_messages'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_message_id,
    activity_id as source_task_id,
    reply_to_email_message_id as replied_message_id,
    coalesce(incoming, false) as is_incoming,
    message_date as sent_at
from email_messages
where
    coalesce(status, '') <> '5'  -- a draft
    and {{ before_as_of('message_date') }}
