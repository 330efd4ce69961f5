{%- set fewest = var('rfm_min_customers') -%}
{%- set currency = var('reporting_currency') -%}

with measured as (
    select * from {{ ref('int_rfm_measured') }}
),

mapping as (
    select * from {{ ref('rfm_segments') }}
),

placed as (
    select
        measured.*,
        count(*) over (partition by facts_before) as customers,
        {{ fifth('recency_days', 'desc') }} as recency_place,
        {{ fifth('order_days', 'asc') }} as frequency_place,
        {{ fifth('net_revenue_reporting', 'asc') }} as monetary_place
    from measured
),

scored as (
    select
        placed.*,
        case when customers >= {{ fewest }} then recency_place end as recency_score,
        case when customers >= {{ fewest }} then frequency_place end as frequency_score,
        case when customers >= {{ fewest }} then monetary_place end as monetary_score
    from placed
)

select
    scored.customer_id,
    scored.facts_before,
    scored.evaluated_on,
    scored.months_back,
    scored.recency_days,
    scored.order_days,
    scored.net_revenue_reporting,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    mapping.segment,
    case
        when scored.months_back > 0 then null
        when scored.recency_score is null
            then {{ counted('customers', 'customer', 'customers') }} || ', fewer than '
                || '{{ fewest }}: no fifths'
        else
            'recency ' || cast(scored.recency_score as text)
            || ', frequency ' || cast(scored.frequency_score as text)
            || ', value ' || cast(scored.monetary_score as text)
            || ' of 5: last order ' || {{ days_ago('scored.recency_days') }}
            || ', ' || {{ counted('scored.order_days', 'order day', 'order days') }}
            || ', ' || {{ whole('scored.net_revenue_reporting') }} || ' {{ currency }} to date'
    end as reason,
    case
        when scored.months_back > 0 then null
        when scored.recency_score is null
            then '仅' || cast(scored.customers as text)
                || '位客户，少于{{ fewest }}位，不分五等'
        else
            '近度' || cast(scored.recency_score as text)
            || '、频度' || cast(scored.frequency_score as text)
            || '、金额' || cast(scored.monetary_score as text)
            || '（满分5）：' || cast(scored.recency_days as text) || '天前最后下单，下单'
            || cast(scored.order_days as text) || '天，累计'
            || {{ whole('scored.net_revenue_reporting') }} || ' {{ currency }}'
    end as reason_zh
from scored
left join mapping
    on
        scored.recency_score = mapping.recency_score
        and scored.frequency_score = mapping.frequency_score
        and scored.monetary_score = mapping.monetary_score
