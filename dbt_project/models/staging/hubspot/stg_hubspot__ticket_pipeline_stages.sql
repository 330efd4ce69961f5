with

ticket_pipeline_stages as (
    select * from {{ latest_version(
        source('hubspot', 'ticket_pipeline_stages'), ['id'], 'updated_at'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as stage_id,
    {{ clean_text('label') }} as stage_name,
    pipeline_id,
    {{ clean_text('pipeline_label') }} as pipeline_name,
    display_order,
    coalesce(is_closed, upper(ticket_state) = 'CLOSED', false) as is_closed
from ticket_pipeline_stages
