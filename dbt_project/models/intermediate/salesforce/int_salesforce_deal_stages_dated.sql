with

changes as (
    select * from {{ ref('stg_salesforce__opportunity_history') }}
),

stages as (
    select * from {{ ref('stg_salesforce__opportunity_stages') }}
),

compared as (
    select
        changes.*,
        lag(stage_name) over (
            partition by source_deal_id
            order by changed_at, {{ by_bytes('source_change_id') }}
        ) as stage_name_before
    from changes
),

-- A change of amount or date writes a row too, in the same stage.
entries as (
    select * from compared
    where stage_name_before is null or stage_name_before <> stage_name
)

select
    entries.source_system,
    entries.source_deal_id,
    entries.stage_name,
    entries.changed_at as entered_at,
    lead(entries.changed_at) over (
        partition by entries.source_deal_id
        order by entries.changed_at, {{ by_bytes('entries.source_change_id') }}
    ) as left_at,
    coalesce(stages.is_closed, false) as is_closed,
    coalesce(stages.is_won, false) as is_won
from entries
left join stages on entries.stage_name = stages.stage_name
