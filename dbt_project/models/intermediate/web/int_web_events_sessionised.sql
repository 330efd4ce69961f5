with

events as (
    select * from {{ ref('int_web_events_deduplicated') }}
    where not is_ignored
),

-- A tracker that cuts sessions itself is believed, whatever the cookie is in the middle of one;
-- but a session of many days is a clock or a program, and what comes after them is in none.
vendor_sessions as (
    select
        events.*,
        min(received_at) over (
            partition by source_system, vendor_session_id
        ) as first_received_at,
        first_value(device_key) over (
            partition by source_system, vendor_session_id
            order by event_at, {{ by_bytes('event_id') }}
        ) as first_device_key
    from events
    where vendor_session_id is not null
),

vendor_events as (
    select
        vendor_sessions.*,
        {{ hash_key(['source_system', 'vendor_session_id']) }} as session_id,
        first_device_key as session_device_key
    from vendor_sessions
    where
        received_at is null
        or received_at <= {{ add_time('first_received_at', var('session_max_days'), 'day') }}
),

-- Other events are cut at pauses, and where somebody else logs in on the device.
visits as (
    select
        events.*,
        lag(event_at) over (
            partition by source_system, device_key order by event_at, {{ by_bytes('event_id') }}
        ) as previous_event_at
    from events
    where vendor_session_id is null
),

user_changes as (
    select source_system, event_id, user_id
    from (
        select
            source_system,
            event_id,
            user_id,
            lag(user_id) over (
                partition by source_system, device_key
                order by event_at, {{ by_bytes('event_id') }}
            ) as previous_user_id
        from visits
        where user_id is not null
    ) as logged_in
    where user_id <> previous_user_id
),

numbered as (
    select
        visits.*,
        user_changes.user_id as new_user_id,
        sum(
            case
                when user_changes.user_id is not null then 1
                when visits.event_at <= {{ add_time(
                    'visits.previous_event_at', var('session_timeout_minutes'), 'minute'
                ) }} then 0
                else 1
            end
        ) over (
            partition by visits.source_system, visits.device_key
            order by visits.event_at, {{ by_bytes('visits.event_id') }}
            rows between unbounded preceding and current row
        ) as session_number
    from visits
    left join user_changes
        on visits.source_system = user_changes.source_system
            and visits.event_id = user_changes.event_id
),

cut as (
    select
        numbered.*,
        min(event_at) over whole_session as cut_at,
        -- Two people may log in within one instant: only the pair tells their sessions apart.
        min({{ by_bytes('new_user_id') }}) over whole_session as cut_by
    from numbered
    window whole_session as (partition by source_system, device_key, session_number)
),

together as (
    {%- set columns = [
        'source_system', 'event_id', 'event_at', 'record_key', 'event_kind', 'page_path',
        'page_view_id', 'device_type', 'is_bot', 'utm_source', 'utm_medium', 'utm_campaign',
        'referrer',
    ] %}
    select session_id, session_device_key as device_key, {{ columns | join(', ') }}
    from vendor_events
    union all
    select
        case
            when cut_by is null then {{ hash_key(['source_system', 'device_key', 'cut_at']) }}
            else {{ hash_key(['source_system', 'device_key', 'cut_at', 'cut_by']) }}
        end as session_id,
        device_key,
        {{ columns | join(', ') }}
    from cut
),

ranked as (
    select
        together.*,
        row_number() over (
            partition by session_id order by event_at, {{ by_bytes('event_id') }}
        ) as event_number,
        row_number() over (
            partition by
                session_id,
                page_view_id,
                coalesce(event_kind in ('page_view', 'page_ping'), false)
            order by
                case when event_kind = 'page_view' then 0 else 1 end,
                event_at,
                {{ by_bytes('event_id') }}
        ) as page_rank,
        min(
            case
                when event_kind = 'page_ping'
                    then {{ add_time('event_at', -var('page_ping_seconds'), 'second') }}
                else event_at
            end
        ) over (partition by session_id) as started_at
    from together
)

select
    session_id,
    source_system,
    event_id,
    event_at,
    event_number,
    device_key,
    record_key,
    event_kind,
    -- A page view sent twice is one, and pings whose view did not come stand for it.
    case
        when page_view_id is null then coalesce(event_kind = 'page_view', false)
        else coalesce(event_kind in ('page_view', 'page_ping'), false) and page_rank = 1
    end as is_page_view,
    page_path,
    device_type,
    is_bot,
    utm_source,
    utm_medium,
    utm_campaign,
    referrer,
    started_at
from ranked
