with windows as (
    select * from {{ kpi_windows() }} as windows
),

-- By channel: what was spent on it, and the customers whose first touch it was. Both add up to all.
facts as (
    select
        spend_date as day,
        channel,
        spend_reporting as spend,
        0 as new_customers
    from {{ ref('int_spend_by_channel') }}
    union all
    select
        order_date as day,
        attributed_channel as channel,
        0 as spend,
        count(*) as new_customers
    from {{ ref('fct_acquisitions') }}
    group by order_date, attributed_channel
),

-- Before the month of the first spend on record, and without any, it is unknown, not nothing.
first_spend as (
    select {{ period_start('month', 'min(spend_date)') }} as month
    from {{ ref('int_spend_by_channel') }}
),

counted as (
    select
        windows.window_id,
        windows.window_start,
        'all' as segment_kind,
        'all' as segment,
        coalesce(sum(facts.spend), 0) as spend,
        coalesce(sum(facts.new_customers), 0) as new_customers
    from windows
    left join facts on facts.day >= windows.window_start and facts.day < windows.window_end
    group by windows.window_id, windows.window_start
    union all
    select
        windows.window_id,
        windows.window_start,
        'channel' as segment_kind,
        facts.channel as segment,
        sum(facts.spend) as spend,
        sum(facts.new_customers) as new_customers
    from windows
    inner join facts on facts.day >= windows.window_start and facts.day < windows.window_end
    group by windows.window_id, windows.window_start, facts.channel
),

costs as (
    select
        counted.window_id,
        counted.segment_kind,
        counted.segment,
        case when counted.window_start >= first_spend.month then counted.spend end as spend,
        counted.new_customers
    from counted
    cross join first_spend
)

-- A channel on which nothing was spent has no cost, rather than one of nothing.
select
    window_id,
    segment_kind,
    segment,
    case
        when segment_kind = 'all' or spend <> 0 then {{ ratio('spend', 'new_customers') }}
    end as value,
    cast(spend as double precision) as numerator,
    cast(new_customers as double precision) as denominator,
    cast(new_customers as bigint) as base_count
from costs
