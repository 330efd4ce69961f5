with

events as (
    select
        source_system,
        event_id,
        event_at,
        user_id,
        email,
        record_key
    from {{ ref('int_web_events_deduplicated') }}
    where record_key is not null
),

emails as (
    select
        record_key,
        email,
        row_number() over (
            partition by record_key order by event_at desc, {{ by_bytes('event_id') }} asc
        ) as newest_rank
    from events
    where email is not null
),

users as (
    select
        record_key,
        source_system,
        max(user_id) as user_id,
        min(event_at) as created_at,
        max(event_at) as updated_at
    from events
    group by record_key, source_system
)

select
    users.record_key,
    users.source_system,
    emails.email,
    nullif('{{ var("web_user_reference_system") }}', '')
    || '|'
    || users.user_id
        as cross_reference,
    users.created_at,
    users.updated_at
from users
left join emails on users.record_key = emails.record_key and emails.newest_rank = 1
