{{
    config(
        materialized='incremental',
        incremental_strategy='replace_units',
        on_schema_change='sync_all_columns',
        meta={'replace_from': 'int_web_units', 'one_row': 'event_number = 1'},
    )
}}

with

units as (
    select web_units.* from {{ ref('int_web_units') }} as web_units
    where {{ is_changed_unit('web_units') }}
),

events as (
    select events.*, units.unit_id, units.content
    from {{ ref('int_web_events_deduplicated') }} as events
    inner join units on {{ web_unit('events') }} = units.unit_id
    where not events.is_ignored
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
        row_number() over in_order as visit_number,
        lag(event_at) over in_order as previous_event_at
    from events
    where vendor_session_id is null
    window
        in_order as (
            partition by source_system, device_key order by event_at, {{ by_bytes('event_id') }}
        )
),

user_changes as (
    select source_system, event_id, device_key, visit_number, user_id
    from (
        select
            source_system,
            event_id,
            device_key,
            visit_number,
            user_id,
            lag(user_id) over (
                partition by source_system, device_key order by visit_number
            ) as previous_user_id
        from visits
        where user_id is not null
    ) as logged_in
    where user_id <> previous_user_id
),

begun as (
    select
        visits.*,
        user_changes.user_id is not null
        or not coalesce(visits.event_at <= {{ add_time(
            'visits.previous_event_at', var('session_timeout_minutes'), 'minute'
        ) }}, false) as is_first
    from visits
    left join user_changes
        on visits.source_system = user_changes.source_system
            and visits.event_id = user_changes.event_id
),

-- In the order of time the latest beginning so far is that of the own session.
numbered as (
    select
        begun.*,
        max(case when is_first then visit_number end) over so_far as first_number,
        max(case when is_first then event_at end) over so_far as cut_at
    from begun
    window
        so_far as (
            partition by source_system, device_key order by visit_number
            rows between unbounded preceding and current row
        )
),
{% set columns = [
    'source_system', 'event_id', 'event_at', 'record_key', 'event_kind', 'page_view_id', 'is_bot',
    'unit_id', 'content',
] %}
together as (
    select
        session_id,
        session_device_key as device_key,
        row_number() over in_order as event_number,
        {{ columns | join(', ') }},
        first_value(event_at) over in_order as cut_at
    from vendor_events
    window in_order as (partition by session_id order by event_at, {{ by_bytes('event_id') }})
    union all
    select
        -- Two people may log in within one instant: only the pair tells their sessions apart.
        case
            when user_changes.user_id is null
                then {{ hash_key(['numbered.source_system', 'numbered.device_key', 'cut_at']) }}
            else {{ hash_key([
                'numbered.source_system', 'numbered.device_key', 'cut_at', 'user_changes.user_id'
            ]) }}
        end as session_id,
        numbered.device_key,
        numbered.visit_number - numbered.first_number + 1 as event_number,
        {%- for column in columns %}
        numbered.{{ column }},
        {%- endfor %}
        numbered.cut_at
    from numbered
    left join user_changes
        on
            numbered.source_system = user_changes.source_system
            and numbered.device_key = user_changes.device_key
            and numbered.first_number = user_changes.visit_number
),

-- A ping says that the page was open before it.
pinged as (
    select
        session_id,
        min({{ add_time('event_at', -var('page_ping_seconds'), 'second') }}) as opened_at
    from together
    where event_kind = 'page_ping'
    group by session_id
),

pages as (
    select
        together.*,
        coalesce(event_kind = 'page_view', false) as is_page_view
    from together
    where page_view_id is null
    union all
    select
        together.*,
        coalesce(event_kind in ('page_view', 'page_ping'), false)
        and row_number() over (
            partition by
                session_id,
                page_view_id,
                coalesce(event_kind in ('page_view', 'page_ping'), false)
            order by
                case when event_kind = 'page_view' then 0 else 1 end,
                event_at,
                {{ by_bytes('event_id') }}
        ) = 1 as is_page_view
    from together
    where page_view_id is not null
)

select
    pages.session_id,
    pages.source_system,
    pages.event_id,
    pages.event_at,
    pages.event_number,
    pages.device_key,
    pages.record_key,
    pages.event_kind,
    -- A page view sent twice is one, and pings whose view did not come stand for it.
    pages.is_page_view,
    pages.is_bot,
    least(pages.cut_at, pinged.opened_at) as started_at,
    pages.unit_id,
    pages.content
from pages
left join pinged on pages.session_id = pinged.session_id
