with months as (
    select month_end, profile_kind, stage, count(*) as profiles
    from {{ ref('fct_customer_months') }}
    group by month_end, profile_kind, stage
),

devices as (
    select known_on from {{ ref('int_lifecycle_profiles') }}
    where profile_kind = 'device'
),

month_ends as (
    select * from {{ ref('int_lifecycle_month_ends') }}
),

-- Lapsed devices have left the monthly history: all devices seen so far less those in it.
devices_seen as (
    select month_ends.month_end, count(*) as profiles
    from month_ends
    inner join devices on month_ends.month_end > devices.known_on
    group by month_ends.month_end
),

devices_listed as (
    select month_end, sum(profiles) as profiles
    from months
    where profile_kind = 'device'
    group by month_end
),

counted as (
    select * from months
    union all
    select
        devices_seen.month_end,
        'device' as profile_kind,
        'lapsed_prospect' as stage,
        devices_seen.profiles - coalesce(devices_listed.profiles, 0) as profiles
    from devices_seen
    left join devices_listed on devices_seen.month_end = devices_listed.month_end
),

-- Every stage that a kind of profile ever has, at every month end: an empty one counts 0.
grid as (
    select month_ends.month_end, kinds.profile_kind, kinds.stage
    from month_ends
    cross join (select distinct profile_kind, stage from counted where profiles > 0) as kinds
),

mix as (
    select
        grid.month_end,
        grid.profile_kind,
        grid.stage,
        cast(coalesce(counted.profiles, 0) as bigint) as profiles
    from grid
    left join counted
        on
            grid.month_end = counted.month_end
            and grid.profile_kind = counted.profile_kind
            and grid.stage = counted.stage
)

select
    cast(month_end as text) || '|' || profile_kind || '|' || stage as stage_mix_id,
    month_end,
    profile_kind,
    stage,
    profiles,
    lag(profiles) over (partition by profile_kind, stage order by month_end) as previous_profiles
from mix
