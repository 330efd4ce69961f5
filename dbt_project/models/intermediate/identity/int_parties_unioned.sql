with

parties as (
    select * from {{ union_feed('parties') }} as feed
)

select
    {{ record_key('source_system', 'record_id') }} as record_key,
    parties.*
from parties
