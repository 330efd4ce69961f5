{%- set fewest = var('rfm_min_customers') -%}
{%- set currency = var('reporting_currency') -%}

with measured as (
    select * from {{ ref('int_rfm_measured') }}
),

mapping as (
    select * from {{ ref('rfm_segments') }}
),

recency as (
    {{ fifths(ref('int_rfm_measured'), 'recency_days', 'desc') }}
),

frequency as (
    {{ fifths(ref('int_rfm_measured'), 'order_days', 'asc') }}
),

monetary as (
    {{ fifths(ref('int_rfm_measured'), 'net_revenue_reporting', 'asc') }}
),

scored as (
    select
        measured.*,
        recency.customers,
        case when recency.customers >= {{ fewest }} then recency.score end as recency_score,
        case when recency.customers >= {{ fewest }} then frequency.score end as frequency_score,
        case when recency.customers >= {{ fewest }} then monetary.score end as monetary_score
    from measured
    inner join recency
        on
            measured.facts_before = recency.facts_before
            and measured.recency_days = recency.recency_days
    inner join frequency
        on
            measured.facts_before = frequency.facts_before
            and measured.order_days = frequency.order_days
    inner join monetary
        on
            measured.facts_before = monetary.facts_before
            and measured.net_revenue_reporting = monetary.net_revenue_reporting
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
