with

opportunity_history as (
    select * from {{ latest_version(
        source('salesforce', 'opportunity_history'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_change_id,
    opportunity_id as source_deal_id,
    stage_name,
    created_date as changed_at
from opportunity_history
