with

touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

parties as (
    select record_key from {{ ref('int_parties_unioned') }}
)

select
    touchpoints.record_key,
    touchpoints.source_system,
    max({{ by_bytes('touchpoints.email') }}) as email,
    min(touchpoints.touched_at) as created_at,
    max(touchpoints.touched_at) as updated_at
from touchpoints
left join parties on touchpoints.record_key = parties.record_key
where parties.record_key is null and touchpoints.record_key is not null
group by touchpoints.record_key, touchpoints.source_system
