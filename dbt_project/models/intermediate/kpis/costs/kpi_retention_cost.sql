{%- set aims = var('retention_spend') | map('lower') | map('replace', "'", "''") | join("', '") -%}

with windows as (
    select * from {{ kpi_windows() }} as windows
),

kept as (
    select * from {{ ref('kpi_retention_rate') }}
    where segment_kind = 'all'
),

spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

costs as (
    select members.joined_date as day, members.incentive_amount as amount
    from {{ ref('fct_campaign_members') }} as members
    inner join {{ ref('int_kpi_customer_origins') }} as origins
        on members.customer_id = origins.customer_id
    where
        origins.first_order_date < members.joined_date
        and not members.is_control
    union all
    select spend_date, amount_reporting
    from spend
    where lower(channel) in ('{{ aims }}') or lower(campaign) in ('{{ aims }}')
),

-- Spend of which nobody says what it aims at is not nothing spent.
known as (
    select
        exists (select 1 from costs)
        and ({{ 'true' if aims else 'false' }} or not exists (select 1 from spend)) as is_known
),

spent as (
    select
        windows.window_id,
        case when known.is_known then coalesce(sum(costs.amount), 0) end as amount
    from windows
    cross join known
    left join costs on costs.day >= windows.window_start and costs.day < windows.window_end
    group by windows.window_id, known.is_known
),

counted as (
    select
        spent.window_id,
        spent.amount as numerator,
        kept.numerator as denominator
    from spent
    inner join kept on spent.window_id = kept.window_id
)

{{ kpi_share('counted') }}
