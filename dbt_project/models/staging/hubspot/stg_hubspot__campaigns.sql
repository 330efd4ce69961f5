with

campaigns as (
    select * from {{ latest_version(
        source('hubspot', 'campaigns'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_campaign_id,
    {{ clean_text('name') }} as campaign_name,
    {{ clean_text('lower(channel)') }} as channel,
    start_date,
    end_date
from campaigns
