with

touchpoints as (
    select * from {{ latest_version(source('touchpoints', 'touchpoints'), ['touchpoint_id']) }}
        as latest
)

select
    _source as source_system,
    touchpoint_id as source_touchpoint_id,
    touched_at,
    {{ clean_text('record_id') }} as source_record_id,
    {{ clean_text('lower(email)') }} as email,
    {{ clean_text('lower(channel)') }} as channel,
    {{ clean_text('lower(kind)') }} as kind,
    {{ clean_text('content') }} as content,
    payload
from touchpoints
where touched_at < {{ as_of() }}
