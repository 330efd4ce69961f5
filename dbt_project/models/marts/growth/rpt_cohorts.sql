with months as (
    select * from {{ ref('rpt_cohort_months') }}
),

spend as (
    select
        {{ period_start('month', 'spend_date') }} as month,
        sum(amount_reporting) as amount
    from {{ ref('fct_marketing_spend') }}
    where spend_date < {{ as_of_date() }}
    group by {{ period_start('month', 'spend_date') }}
),

predicted as (
    select
        {{ period_start('month', 'origins.first_order_date') }} as cohort_month,
        {{ exact_sum('customers.value_12_months') }} as amount
    from {{ ref('int_kpi_customer_origins') }} as origins
    inner join {{ ref('stg_rapport__value_customers') }} as customers
        on origins.customer_id = customers.customer_id
    where origins.first_order_date < {{ as_of_date() }}
    group by {{ period_start('month', 'origins.first_order_date') }}
),

first_spend as (
    select min(month) as month from spend
),

-- A month before the first one with spend has none on record, which is not none.
cohorts as (
    select
        months.cohort_month,
        months.customers,
        case
            when months.cohort_month >= first_spend.month then coalesce(spend.amount, 0)
        end as spend_amount,
        max(months.month_no) as last_month_no,
        sum(months.net_revenue_reporting) as net_revenue,
        sum(months.margin_reporting) as margin
    from months
    cross join first_spend
    left join spend on months.cohort_month = spend.month
    group by months.cohort_month, months.customers, first_spend.month, spend.amount
),

reached as (
    select
        cohorts.cohort_month,
        {%- for number in [3, 6, 12] %}
        max(
            case
                when months.is_complete and months.month_no = {{ number - 1 }}
                    then months.margin_to_date_reporting
            end
        ) as margin_{{ number }},
        {%- endfor %}
        min(
            case
                when months.is_complete and months.margin_to_date_reporting >= cohorts.spend_amount
                    then months.month_no + 1
            end
        ) as payback_months
    from cohorts
    inner join months on cohorts.cohort_month = months.cohort_month
    group by cohorts.cohort_month
)

select
    cohorts.cohort_month,
    {{ add_months('cohorts.cohort_month', 1) }} <= {{ as_of_date() }} as is_closed,
    cohorts.customers,
    {{ money('cohorts.spend_amount') }} as spend_reporting,
    {{ ratio('cohorts.spend_amount', 'cohorts.customers') }} as acquisition_cost,
    {{ money('cohorts.net_revenue') }} as net_revenue_to_date_reporting,
    {{ money('cohorts.margin') }} as margin_to_date_reporting,
    {{ ratio('cohorts.margin', 'cohorts.customers') }} as value_to_date,
    {%- for number in [3, 6, 12] %}
    {{ ratio('reached.margin_' ~ number, 'cohorts.customers') }} as value_{{ number }}_months,
    {%- endfor %}
    {{ ratio('cohorts.margin', 'cohorts.spend_amount') }} as value_to_date_by_acquisition_cost,
    {{ money('predicted.amount') }} as predicted_12_months_reporting,
    {{ ratio('cohorts.margin + ' ~ money('predicted.amount'), 'cohorts.customers') }}
        as lifetime_value,
    {{ ratio('cohorts.margin + ' ~ money('predicted.amount'), 'cohorts.spend_amount') }}
        as lifetime_value_by_acquisition_cost,
    cast(case when cohorts.spend_amount > 0 then reached.payback_months end as integer)
        as payback_months
from cohorts
inner join reached on cohorts.cohort_month = reached.cohort_month
left join predicted on cohorts.cohort_month = predicted.cohort_month
