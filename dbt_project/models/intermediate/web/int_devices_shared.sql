with

session_people as (
    select * from {{ ref('int_session_people') }}
)

select
    source_system,
    device_key,
    count(distinct person_id) as people,
    count(distinct person_id) > {{ var('identity_max_records_per_key') }} as is_hub
from session_people
group by source_system, device_key
having count(distinct person_id) > 1
