with

touchpoints as (
    select * from {{ union_feed('touchpoints') }} as feed
    where {{ before_as_of('touched_at') }}
)

select
    touchpoints.*,
    {{ record_key(
        'source_system',
        "coalesce(source_record_id, 'email:' || " ~ clean_text('lower(email)') ~ ")",
    ) }} as record_key
from touchpoints
