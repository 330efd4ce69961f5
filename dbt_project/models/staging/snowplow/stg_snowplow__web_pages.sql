with

web_pages as (
    select * from {{ latest_version(source('snowplow', 'web_pages'), ['root_id'], 'root_tstamp') }}
        as latest
)

select
    root_id as event_id,
    {{ clean_text('page_view_id') }} as page_view_id
from web_pages
