with

events as (
    select * from {{ ref('int_web_events_deduplicated') }}
    where not is_ignored
)

select
    {{ web_unit('events') }} as unit_id,
    {{ content_of_unit(['event_hash']) }} as content
from events
group by {{ web_unit('events') }}
