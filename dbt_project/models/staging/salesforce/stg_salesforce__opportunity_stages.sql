with

opportunity_stages as (
    select * from {{ latest_version(
        source('salesforce', 'opportunity_stages'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_stage_id,
    api_name as stage_name,
    is_closed,
    is_won
from opportunity_stages
