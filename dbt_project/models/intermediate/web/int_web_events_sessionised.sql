{{
    config(
        materialized='incremental',
        incremental_strategy='replace_units',
        on_schema_change='sync_all_columns',
        meta={
            'replace_from': 'int_web_units',
            'one_row': 'event_number = 1',
            'part': 'session_id',
        },
    )
}}

with

web_units as (
    select * from {{ ref('int_web_units') }}
),

units as (
    select
        web_units.unit_id,
        web_units.first_received_at,
        row_number() over (order by web_units.unit_id) as unit_number
    from web_units
    where {{ is_changed_unit('web_units') }}
),

-- Events are sorted twice below, so they carry a number for their unit and few columns. A tracker's
-- session of many days is a clock or a program, and what comes after them is in none.
events as (
    select
        units.unit_number,
        events.event_id,
        events.event_at,
        events.user_id,
        events.record_key,
        events.event_kind,
        events.page_view_id,
        events.is_bot,
        events.vendor_session_id is not null as is_cut_already
    from {{ ref('int_web_events_deduplicated') }} as events
    inner join units on {{ web_unit('events') }} = units.unit_id
    where
        not events.is_ignored
        and (
            events.vendor_session_id is null
            or coalesce(events.received_at <= {{ add_time(
                'units.first_received_at', var('session_max_days'), 'day'
            ) }}, true)
        )
),

visits as (
    select
        events.*,
        row_number() over in_order as visit_number,
        lag(event_at) over in_order as previous_event_at
    from events
    window in_order as (partition by unit_number order by event_at, {{ by_bytes('event_id') }})
),

user_changes as (
    select unit_number, visit_number, user_id
    from (
        select
            unit_number,
            visit_number,
            user_id,
            lag(user_id) over (partition by unit_number order by visit_number) as previous_user_id
        from visits
        where not is_cut_already and user_id is not null
    ) as logged_in
    where user_id <> previous_user_id
),

-- A tracker that cuts sessions itself is believed, whatever the cookie is in the middle of one.
-- Other events are cut at pauses, and where somebody else logs in on the device.
begun as (
    select
        visits.unit_number,
        visits.visit_number,
        visits.event_id,
        visits.event_at,
        visits.record_key,
        visits.event_kind,
        visits.page_view_id,
        visits.is_bot,
        user_changes.user_id as changed_user_id,
        visits.visit_number = 1
        or (
            not visits.is_cut_already
            and (
                user_changes.user_id is not null
                or visits.event_at > {{ add_time(
                    'visits.previous_event_at', var('session_timeout_minutes'), 'minute'
                ) }}
            )
        ) as is_first
    from visits
    left join user_changes
        on
            visits.unit_number = user_changes.unit_number
            and visits.visit_number = user_changes.visit_number
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

-- A ping says that the page was open before it.
pinged as (
    select
        unit_number,
        first_number,
        min({{ add_time('event_at', -var('page_ping_seconds'), 'second') }}) as opened_at
    from numbered
    where event_kind = 'page_ping'
    group by unit_number, first_number
),

sessions as (
    select
        numbered.unit_number,
        numbered.first_number,
        web_units.unit_id,
        web_units.content,
        -- Two people may log in within one instant: only the pair tells their sessions apart.
        case
            when web_units.vendor_session_id is not null
                then {{ hash_key(['web_units.source_system', 'web_units.vendor_session_id']) }}
            when numbered.changed_user_id is null
                then {{ hash_key([
                    'web_units.source_system', 'web_units.device_key', 'numbered.event_at',
                ]) }}
            else {{ hash_key([
                'web_units.source_system', 'web_units.device_key', 'numbered.event_at',
                'numbered.changed_user_id',
            ]) }}
        end as session_id,
        least(numbered.event_at, pinged.opened_at) as started_at
    from numbered
    inner join units on numbered.unit_number = units.unit_number
    inner join web_units on units.unit_id = web_units.unit_id
    left join pinged
        on
            numbered.unit_number = pinged.unit_number
            and numbered.first_number = pinged.first_number
    where numbered.is_first
),

-- A page view sent twice is one, and pings whose view did not come stand for it.
pages as (
    select
        numbered.*,
        coalesce(event_kind = 'page_view', false) as is_page_view
    from numbered
    where page_view_id is null
    union all
    select
        numbered.*,
        coalesce(event_kind in ('page_view', 'page_ping'), false)
        and row_number() over (
            partition by
                unit_number,
                first_number,
                page_view_id,
                coalesce(event_kind in ('page_view', 'page_ping'), false)
            order by case when event_kind = 'page_view' then 0 else 1 end, visit_number
        ) = 1 as is_page_view
    from numbered
    where page_view_id is not null
)

select
    sessions.session_id,
    pages.event_id,
    pages.event_at,
    pages.visit_number - pages.first_number + 1 as event_number,
    pages.record_key,
    pages.event_kind,
    pages.is_page_view,
    pages.is_bot,
    sessions.started_at,
    -- One row tells of a session what is the same on all, and text on all rows is dear.
    case when pages.is_first then sessions.unit_id end as unit_id,
    case when pages.is_first then sessions.content end as content
from pages
inner join sessions
    on
        pages.unit_number = sessions.unit_number
        and pages.first_number = sessions.first_number
