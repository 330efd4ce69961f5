with

tickets as (
    select * from {{ ref('stg_hubspot__tickets') }}
),

merged as (
    select * from {{ ref('stg_hubspot__ticket_merges') }}
),

stages as (
    select * from {{ ref('stg_hubspot__ticket_pipeline_stages') }}
)

select
    tickets.source_system,
    tickets.source_ticket_id,
    tickets.source_contact_id,
    tickets.opened_at,
    case when coalesce(stages.is_closed, true) then tickets.closed_at end as closed_at,
    tickets.category,
    tickets.priority,
    tickets.subject,
    tickets.content
from tickets
left join merged on tickets.source_ticket_id = merged.merged_id
left join stages on tickets.stage_id = stages.stage_id
where merged.merged_id is null
