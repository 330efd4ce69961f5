with

events as (
    select
        source_system,
        event_id,
        received_at,
        _source,
        _interval_end,
        _row_number
    from {{ ref('int_web_events_recorded') }}
    where {{ before_as_of('event_at') }}
),

-- Few events come twice, and ranking all takes several times as long as finding those.
repeated as (
    select source_system, event_id
    from events
    group by source_system, event_id
    having count(*) > 1
),

ranked as (
    select
        events.source_system,
        events.event_id,
        events._source,
        events._interval_end,
        events._row_number,
        row_number() over (
            partition by events.source_system, events.event_id
            order by events.received_at nulls last, events._interval_end, events._row_number
        ) as delivery_rank
    from events
    inner join repeated
        on events.source_system = repeated.source_system and events.event_id = repeated.event_id
)

select
    source_system,
    event_id,
    _source,
    _interval_end,
    _row_number
from ranked
where delivery_rank > 1
