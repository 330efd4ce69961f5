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
    select
        web_units.*,
        row_number() over (order by web_units.unit_id) as unit_number
    from {{ ref('int_web_units') }} as web_units
    where {{ is_changed_unit('web_units') }}
),

-- Events are sorted twice below, so they carry a number for their unit and few columns.
events as (
    select
        units.unit_number,
        events.source_system,
        events.device_key,
        events.vendor_session_id,
        events.event_id,
        events.event_at,
        events.received_at,
        events.user_id,
        events.record_key,
        events.event_kind,
        events.page_view_id,
        events.is_bot
    from {{ ref('int_web_events_deduplicated') }} as events
    inner join units on {{ web_unit('events') }} = units.unit_id
    where not events.is_ignored
),

visits as (
    select
        events.*,
        row_number() over in_order as visit_number,
        lag(event_at) over in_order as previous_event_at
    from events
    window in_order as (partition by unit_number order by event_at, {{ by_bytes('event_id') }})
),
{% set columns = [
    'unit_number', 'source_system', 'event_id', 'event_at', 'record_key', 'event_kind',
    'page_view_id', 'is_bot',
] %}
-- A tracker that cuts sessions itself is believed, whatever the cookie is in the middle of one;
-- but a session of many days is a clock or a program, and what comes after them is in none.
vendor_sessions as (
    select
        visits.*,
        min(received_at) over (partition by unit_number) as first_received_at,
        first_value(device_key) over (
            partition by unit_number order by visit_number
        ) as first_device_key
    from visits
    where vendor_session_id is not null
),

vendor_events as (
    select
        {%- for column in columns %}
        vendor_sessions.{{ column }},
        {%- endfor %}
        units.unit_id,
        units.content,
        {{ hash_key(['vendor_sessions.source_system', 'vendor_sessions.vendor_session_id']) }}
            as session_id,
        vendor_sessions.first_device_key as device_key,
        row_number() over in_order as event_number,
        first_value(vendor_sessions.event_at) over in_order as cut_at
    from vendor_sessions
    inner join units on vendor_sessions.unit_number = units.unit_number
    where
        vendor_sessions.received_at is null
        or vendor_sessions.received_at <= {{ add_time(
            'vendor_sessions.first_received_at', var('session_max_days'), 'day'
        ) }}
    window
        in_order as (
            partition by vendor_sessions.unit_number order by vendor_sessions.visit_number
        )
),

-- Other events are cut at pauses, and where somebody else logs in on the device.
user_changes as (
    select unit_number, visit_number, user_id
    from (
        select
            unit_number,
            visit_number,
            user_id,
            lag(user_id) over (partition by unit_number order by visit_number) as previous_user_id
        from visits
        where vendor_session_id is null and user_id is not null
    ) as logged_in
    where user_id <> previous_user_id
),

begun as (
    select
        visits.*,
        user_changes.user_id as changed_user_id,
        user_changes.user_id is not null
        or not coalesce(visits.event_at <= {{ add_time(
            'visits.previous_event_at', var('session_timeout_minutes'), 'minute'
        ) }}, false) as is_first
    from visits
    left join user_changes
        on
            visits.unit_number = user_changes.unit_number
            and visits.visit_number = user_changes.visit_number
    where visits.vendor_session_id is null
),

-- In the order of time the latest beginning so far is that of the own session.
numbered as (
    select
        begun.*,
        max(case when is_first then visit_number end) over (
            partition by unit_number order by visit_number
            rows between unbounded preceding and current row
        ) as first_number
    from begun
),

device_sessions as (
    select
        numbered.unit_number,
        numbered.first_number,
        units.unit_id,
        units.content,
        -- Two people may log in within one instant: only the pair tells their sessions apart.
        case
            when numbered.changed_user_id is null
                then {{ hash_key([
                    'numbered.source_system', 'numbered.device_key', 'numbered.event_at',
                ]) }}
            else {{ hash_key([
                'numbered.source_system', 'numbered.device_key', 'numbered.event_at',
                'numbered.changed_user_id',
            ]) }}
        end as session_id,
        numbered.event_at as cut_at
    from numbered
    inner join units on numbered.unit_number = units.unit_number
    where numbered.is_first
),

together as (
    select
        {{ columns | join(', ') }},
        unit_id,
        content,
        session_id,
        device_key,
        event_number,
        cut_at
    from vendor_events
    union all
    select
        {%- for column in columns %}
        numbered.{{ column }},
        {%- endfor %}
        device_sessions.unit_id,
        device_sessions.content,
        device_sessions.session_id,
        numbered.device_key,
        numbered.visit_number - numbered.first_number + 1 as event_number,
        device_sessions.cut_at
    from numbered
    inner join device_sessions
        on
            numbered.unit_number = device_sessions.unit_number
            and numbered.first_number = device_sessions.first_number
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
    -- One row tells what stands of a unit, and text on all rows is dear.
    case when pages.event_number = 1 then pages.content end as content
from pages
left join pinged on pages.session_id = pinged.session_id
