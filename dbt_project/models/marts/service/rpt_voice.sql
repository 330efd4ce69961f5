{%- set next_month = add_months('month_start', 1) -%}

with voice as (
    select
        {{ period_start('month', 'said_date') }} as month_start,
        extract(day from said_date) as month_day,
        coalesce(topic, 'unknown') as topic,
        coalesce(tone, 'unknown') as tone,
        customer_id
    from {{ ref('fct_voice') }}
),

-- A topic of which nothing more is said has a row in the month after, too.
months as (
    select
        month_start,
        month_start = min(month_start) over () as is_first,
        {{ next_month }} > {{ as_of_date() }} as is_partial,
        case
            when {{ next_month }} > {{ as_of_date() }}
                then {{ days_between('month_start', as_of_date()) }}
            else 31
        end as days
    from (
        select month_start from voice
        union
        select {{ next_month }} as month_start from voice
    ) as named
    where month_start <= {{ as_of_date() }}
),

counted as (
    select
        month_start,
        topic,
        tone,
        count(*) as texts,
        count(distinct customer_id) as customers,
        0 as previous_texts
    from voice
    group by 1, 2, 3
    union all
    select
        months.month_start,
        voice.topic,
        voice.tone,
        0 as texts,
        0 as customers,
        count(*) as previous_texts
    from voice
    inner join months
        on
            {{ add_months('voice.month_start', 1) }} = months.month_start
            and voice.month_day <= months.days
    group by 1, 2, 3
),

summed as (
    select
        month_start,
        topic,
        tone,
        cast(sum(texts) as bigint) as texts,
        cast(sum(customers) as bigint) as customers,
        cast(sum(previous_texts) as bigint) as previous_texts
    from counted
    group by 1, 2, 3
)

select
    cast(summed.month_start as text) || '|' || summed.topic || '|' || summed.tone as voice_month_id,
    summed.month_start,
    summed.topic,
    summed.tone,
    summed.texts,
    summed.customers,
    {{ ratio('summed.texts', 'sum(summed.texts) over (partition by summed.month_start)') }}
        as share_of_texts,
    case when not months.is_first then summed.previous_texts end as previous_texts,
    case when not months.is_first then summed.texts - summed.previous_texts end as change,
    months.is_partial
from summed
inner join months on summed.month_start = months.month_start
