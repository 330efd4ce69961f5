with

days as (
    select * from {{ ref('int_attribution_days') }}
),

periods as (
    {%- for period_kind in ['week', 'month', 'quarter', 'year'] %}
    select
        '{{ period_kind }}' as period_kind,
        {{ period_start(period_kind, 'day') }} as period_start,
        {{ add_periods(period_kind, period_start(period_kind, 'day'), 1) }} as period_end,
        days.*
    from days
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

summed as (
    select
        period_kind,
        period_start,
        period_end,
        attribution_model,
        channel,
        sum(orders) as orders,
        sum(new_customers) as new_customers,
        sum(revenue_reporting) as revenue_reporting,
        sum(new_customer_revenue_reporting) as new_customer_revenue_reporting,
        sum(spend_reporting) as spend_reporting
    from periods
    group by period_kind, period_start, period_end, attribution_model, channel
),

first_spend as (
    select min(spend_date) as spend_date from {{ ref('int_spend_by_channel') }}
)

-- Before the period of the first spend on record, and without any, it is unknown, not nothing. A
-- channel on which nothing was spent has neither a cost nor a return.
select
    period_kind || '|' || cast(period_start as text) || '|' || attribution_model || '|' || channel
        as attribution_row_id,
    period_kind,
    period_start,
    attribution_model,
    channel,
    cast(orders as numeric(18, 6)) as orders,
    cast(new_customers as numeric(18, 6)) as new_customers,
    {{ money('revenue_reporting') }} as revenue_reporting,
    {{ money('new_customer_revenue_reporting') }} as new_customer_revenue_reporting,
    {{ money('case when period_end > first_spend.spend_date then spend_reporting end') }}
        as spend_reporting,
    {{ ratio('nullif(spend_reporting, 0)', 'new_customers') }} as acquisition_cost,
    {{ ratio('revenue_reporting', 'spend_reporting') }} as return_on_spend
from summed
cross join first_spend
