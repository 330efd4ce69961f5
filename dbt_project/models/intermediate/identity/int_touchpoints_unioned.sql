with

touchpoints as (
    select * from {{ union_feed('touchpoints') }} as feed
    where {{ before_as_of('touched_at') }}
),

keyed as (
    select
        touchpoints.*,
        coalesce(source_record_id, 'email:' || {{ clean_text('lower(email)') }}) as record_id
    from touchpoints
)

select
    keyed.*,
    {{ record_key('source_system', 'record_id') }} as record_key
from keyed
