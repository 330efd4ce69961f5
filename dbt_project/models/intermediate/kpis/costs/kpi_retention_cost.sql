{%- set aims = var('retention_spend') -%}

with windows as (
    select * from {{ kpi_windows() }} as windows
),

kept as (
    select * from {{ ref('kpi_retention_rate') }}
    where segment_kind = 'all'
),

first_orders as (
    select customer_id, min(order_date) as first_order_date
    from {{ ref('int_order_days') }}
    group by customer_id
),

costs as (
    select members.joined_date as day, members.incentive_amount as amount
    from {{ ref('fct_campaign_members') }} as members
    inner join first_orders on members.customer_id = first_orders.customer_id
    where
        first_orders.first_order_date < members.joined_date
        and not members.is_control
    {%- if aims %}
    union all
    select spend_date, amount_reporting
    from {{ ref('fct_marketing_spend') }}
    where
        lower(channel) in ('{{ aims | join("', '") }}')
        or lower(campaign) in ('{{ aims | join("', '") }}')
    {%- endif %}
),

-- Spend of which nobody says what it aims at is not nothing spent.
spent as (
    select
        windows.window_id,
        {%- if aims %}
        case
            when exists (select 1 from costs)
                then coalesce(sum(costs.amount), 0)
        end as amount
        {%- else %}
        case
            when not exists (select 1 from {{ ref('fct_marketing_spend') }})
                then sum(costs.amount)
        end as amount
        {%- endif %}
    from windows
    left join costs on costs.day >= windows.window_start and costs.day < windows.window_end
    group by windows.window_id
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
