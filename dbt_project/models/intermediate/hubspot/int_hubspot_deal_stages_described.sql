with

entries as (
    select * from {{ ref('stg_hubspot__deal_stages') }}
),

stages as (
    select * from {{ ref('stg_hubspot__deal_pipeline_stages') }}
)

select
    entries.source_system,
    entries.source_deal_id,
    coalesce(stages.stage_name, entries.stage_id) as stage_name,
    entries.entered_at,
    entries.left_at,
    -- The stages of HubSpot's first pipeline have names for ids.
    coalesce(stages.is_closed, entries.stage_id in ('closedwon', 'closedlost')) as is_closed,
    coalesce(stages.is_won, entries.stage_id = 'closedwon') as is_won
from entries
left join stages on entries.stage_id = stages.stage_id
