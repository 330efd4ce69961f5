with

-- HubSpot tells no more than the last 20 values of a property: each version adds what it knew.
entries as (
    select
        id,
        {{ json_rows('dealstage_history') }} as entry
    from {{ source('hubspot', 'deals') }}
),

changes as (
    select distinct
        id,
        {{ clean_text("entry ->> 'value'") }} as stage_id,
        {{ text_as("replace(entry ->> 'timestamp', 'Z', '')", 'timestamp') }} as entered_at
    from entries
),

compared as (
    select
        changes.*,
        lag(coalesce(stage_id, '')) over (
            partition by id order by entered_at asc, {{ by_bytes('stage_id') }} asc nulls last
        ) as stage_before
    from changes
    where entered_at is not null
),

dated as (
    select
        id,
        stage_id,
        entered_at,
        lead(entered_at) over (
            partition by id order by entered_at asc, {{ by_bytes('stage_id') }} asc nulls last
        ) as left_at
    from compared
    where stage_before is null or coalesce(stage_id, '') <> stage_before
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_deal_id,
    stage_id,
    entered_at,
    left_at
from dated
where stage_id is not null
