with gaps as (
    select * from {{ ref('int_order_days_dated') }}
),

-- A month without any order or cancellation leaves the gap as it was.
changes as (
    select order_date as changed_on from gaps
    union
    select last_boundary as changed_on from gaps
    where last_boundary < {{ last_day_ever() }}
),

month_ends as (
    select distinct {{ add_months(period_start('month', 'changed_on'), 1) }} as month_end
    from changes
),

measured as (
    select
        month_ends.month_end,
        count(gaps.customer_id) as repeat_buyers,
        {{ median('gaps.own_gap_days') }} as measured_gap_days
    from month_ends
    left join gaps
        on
            month_ends.month_end >= gaps.first_boundary
            and month_ends.month_end <= gaps.last_boundary
            and gaps.own_gaps > 0
    where month_ends.month_end <= {{ as_of_date() }}
    group by month_ends.month_end
),

stored as (
    select
        month_end,
        repeat_buyers,
        measured_gap_days,
        greatest(
            {{ var('gap_min_days') }},
            case
                when repeat_buyers < {{ var('gap_min_repeat_buyers') }}
                    then {{ var('gap_default_days') }}
                else cast(floor(measured_gap_days / 7 + 0.5) as integer) * 7
            end
        ) as population_gap_days
    from measured
)

select * from stored
