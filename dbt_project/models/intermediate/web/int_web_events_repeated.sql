with

events as (
    select * from {{ ref('int_web_events_recorded') }}
    where {{ before_as_of('event_at') }}
),

-- Few events come twice, and ranking all takes several times as long as finding those.
repeated as (
    select {{ text_hash('event_id') }} as event_id_hash
    from {{ ref('int_web_events_recorded') }}
    where {{ before_as_of('event_at') }}
    group by {{ text_hash('event_id') }}
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
    where {{ text_hash('event_id') }} in (select repeated.event_id_hash from repeated)
)

select
    source_system,
    event_id,
    _source,
    _interval_end,
    _row_number
from ranked
where delivery_rank > 1
