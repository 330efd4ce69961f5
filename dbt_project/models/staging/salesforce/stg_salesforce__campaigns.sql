with

campaigns as (
    select * from {{ latest_version(
        source('salesforce', 'campaigns'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_campaign_id,
    {{ clean_text('name') }} as campaign_name,
    {{ clean_text('lower(type)') }} as channel,
    start_date,
    end_date
from campaigns
