with customers as (
    select * from {{ ref('int_rfm_measured') }}
),

today as (
    select * from {{ ref('stg_rapport__value_customers') }}
),

month_ends as (
    select * from {{ ref('stg_rapport__value_tier_months') }}
),

joined as (
    select
        customers.customer_id,
        customers.facts_before,
        customers.evaluated_on,
        customers.months_back,
        case when customers.months_back = 0 then today.value_tier else month_ends.value_tier end
            as segment,
        today.value_12_months,
        today.reason,
        today.reason_zh
    from customers
    left join today on customers.customer_id = today.customer_id
    left join month_ends
        on
            customers.customer_id = month_ends.customer_id
            and customers.facts_before = month_ends.month_end
)

select
    customer_id,
    facts_before,
    evaluated_on,
    months_back,
    segment,
    case
        when months_back > 0 then null
        when segment is not null
            then 'Predicted value of 12 months: ' || {{ whole('value_12_months') }}
                || ' {{ var("reporting_currency") }}.'
        else coalesce(reason, 'Too little was known then to predict a value.')
    end as reason,
    case
        when months_back > 0 then null
        when segment is not null
            then '预计12个月价值：' || {{ whole('value_12_months') }}
                || ' {{ var("reporting_currency") }}。'
        else coalesce(reason_zh, '当时数据不足，无法预测价值。')
    end as reason_zh
from joined
