with

stages as (
    select
        deal_id,
        source_system,
        stage_name,
        entered_at,
        {{ known_by_as_of('left_at') }} as left_at,
        coalesce(is_closed, false) as is_closed,
        coalesce(is_won, false) as is_won
    from {{ ref('int_deal_stages_unioned') }}
    where {{ before_as_of('entered_at') }}
),

numbered as (
    select
        stages.*,
        row_number() over (
            partition by deal_id
            order by entered_at asc, left_at asc nulls last, {{ by_bytes('stage_name') }} asc
        ) as stage_number,
        row_number() over (
            partition by deal_id
            order by entered_at desc, left_at desc nulls first, {{ by_bytes('stage_name') }} desc
        ) as newest_rank
    from stages
)

select
    deal_id,
    source_system,
    stage_number,
    stage_name,
    entered_at,
    left_at,
    newest_rank = 1 and left_at is null as is_current,
    is_closed,
    is_won
from numbered
