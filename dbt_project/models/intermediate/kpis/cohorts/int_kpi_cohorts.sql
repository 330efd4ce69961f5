-- A cohort is a whole month's: a window that cuts one (the same days of an earlier one) has none.
with windows as (
    select * from {{ ref('int_kpi_windows') }}
    where
        {{ kpi_is_long('period_kind') }}
        and window_end in ({{ period_start('month', 'window_end') }}, {{ as_of_date() }})
),

cohorts as (
    select
        windows.window_id,
        count(*) as cohorts,
        sum(rpt.customers) as customers,
        sum(rpt.margin_to_date_reporting) as margin,
        sum(rpt.predicted_12_months_reporting) as predicted
    from windows
    inner join {{ ref('rpt_cohorts') }} as rpt
        on rpt.cohort_month >= windows.window_start and rpt.cohort_month < windows.window_end
    group by windows.window_id
),

first_spend as (
    select {{ period_start('month', 'min(spend_date)') }} as month
    from {{ ref('fct_marketing_spend') }}
),

-- Spend of all days, whether or not it won anybody; before the first one on record it is unknown.
spent as (
    select windows.window_id, sum(spend.amount_reporting) as amount
    from windows
    cross join first_spend
    left join {{ ref('fct_marketing_spend') }} as spend
        on spend.spend_date >= windows.window_start and spend.spend_date < windows.window_end
    where windows.window_start >= first_spend.month
    group by windows.window_id
),

-- A month of age counts once it is over for all customers of the window.
ages as (
    select
        windows.window_id,
        rpt.month_no,
        sum(case when rpt.is_complete then 1 else 0 end) as complete_cohorts,
        sum(rpt.margin_to_date_reporting) as margin
    from windows
    inner join {{ ref('rpt_cohort_months') }} as rpt
        on rpt.cohort_month >= windows.window_start and rpt.cohort_month < windows.window_end
    group by windows.window_id, rpt.month_no
),

reached as (
    select
        cohorts.window_id,
        {%- for number in [3, 6, 12] %}
        max(case when ages.month_no = {{ number - 1 }} then ages.margin end)
            as margin_{{ number }}_months,
        {%- endfor %}
        min(
            case
                when spent.amount > 0 and ages.margin >= spent.amount then ages.month_no + 1
            end
        ) as payback_months
    from cohorts
    inner join ages
        on
            cohorts.window_id = ages.window_id
            and cohorts.cohorts = ages.complete_cohorts
    left join spent on cohorts.window_id = spent.window_id
    group by cohorts.window_id
)

select
    windows.window_id,
    cast(coalesce(cohorts.customers, 0) as bigint) as customers,
    {{ money('cohorts.predicted') }} as predicted_12_months,
    {{ money('cohorts.margin + cohorts.predicted') }} as lifetime_value,
    {{ money('case when spent.window_id is not null then coalesce(spent.amount, 0) end') }}
        as spend,
    {%- for number in [3, 6, 12] %}
    {{ money('reached.margin_' ~ number ~ '_months') }} as margin_{{ number }}_months,
    {%- endfor %}
    cast(reached.payback_months as integer) as payback_months
from windows
left join cohorts on windows.window_id = cohorts.window_id
left join spent on windows.window_id = spent.window_id
left join reached on windows.window_id = reached.window_id
