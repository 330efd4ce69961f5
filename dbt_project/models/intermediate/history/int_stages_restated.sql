with published as (
    select * from {{ ref('stg_rapport__published_publication') }}
),

month_ends as (
    select month_ends.month_end
    from {{ ref('int_lifecycle_month_ends') }} as month_ends
    cross join published
    where month_ends.month_end <= {{ business_date('published.as_of') }}
),

profiles as (
    select * from {{ ref('int_lifecycle_profiles') }}
    where profile_kind <> 'device'
),

identity_changes as (
    select changes.* from {{ ref('fct_identity_changes') }} as changes
    cross join published
    where changes.change_no > published.identity_changes and changes.change_kind <> 'minted'
),

stays_now as (
    select changes.customer_id, changes.facts_before, changes.to_stage
    from {{ ref('fct_stage_changes') }} as changes
    inner join profiles on changes.customer_id = profiles.customer_id
    where changes.facts_before <= (select max(month_end) from month_ends)
),

stays_before as (
    select customer_id, facts_before, to_stage
    from {{ ref('stg_rapport__published_stage_changes') }}
    where facts_before <= (select max(month_end) from month_ends)
),

-- Only profiles whose stays differ are looked at month by month.
differing as (
    select distinct coalesce(now.customer_id, before.customer_id) as customer_id
    from stays_now as now
    full join stays_before as before
        on now.customer_id = before.customer_id and now.facts_before = before.facts_before
    where now.to_stage is distinct from before.to_stage
),
{% for side in ['now', 'before'] %}
ranked_{{ side }} as (
    select
        stays.customer_id,
        month_ends.month_end,
        stays.to_stage as stage,
        row_number() over (
            partition by stays.customer_id, month_ends.month_end order by stays.facts_before desc
        ) as stay_rank
    from stays_{{ side }} as stays
    inner join differing on stays.customer_id = differing.customer_id
    inner join month_ends on stays.facts_before <= month_ends.month_end
),

stages_{{ side }} as (
    select customer_id, month_end, stage from ranked_{{ side }}
    where stay_rank = 1
),
{% endfor %}
moved as (
    select customer_id from identity_changes
    union
    select previous_customer_id from identity_changes
    where previous_customer_id is not null
),

restated as (
    select
        coalesce(now.customer_id, before.customer_id) as customer_id,
        coalesce(now.month_end, before.month_end) as month_end,
        before.stage as old_stage,
        now.stage as new_stage
    from stages_now as now
    full join stages_before as before
        on now.customer_id = before.customer_id and now.month_end = before.month_end
    where now.stage is distinct from before.stage
)

-- Whoever is no longer there has gone over to somebody else.
select
    restated.*,
    moved.customer_id is not null or profiles.customer_id is null as is_moved
from restated
left join moved on restated.customer_id = moved.customer_id
left join profiles on restated.customer_id = profiles.customer_id
