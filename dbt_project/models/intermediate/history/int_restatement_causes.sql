with published as (
    select * from {{ ref('stg_rapport__published_publication') }}
),

publication as (
    select * from {{ ref('stg_rapport__publication') }}
),

fact_days as (
    select * from {{ ref('ops_fact_days') }}
),

days_published as (
    select * from {{ ref('stg_rapport__published_fact_days') }}
),

fact_words as (
    {%- for fact, words, words_zh in fact_words() %}
    select '{{ fact }}' as fact, '{{ words }}' as words, '{{ words_zh }}' as words_zh
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

compared as (
    select
        coalesce(fact_days.fact, before.fact) as fact,
        coalesce(fact_days.fact_date, before.fact_date) as fact_date,
        (fact_days.facts_content is distinct from before.facts_content) as is_late,
        (fact_days.customers_content is distinct from before.customers_content) as is_moved,
        (fact_days.amounts_content is distinct from before.amounts_content) as is_revalued
    from fact_days
    full join days_published as before
        on fact_days.fact = before.fact and fact_days.fact_date = before.fact_date
),

-- Days that were over when they were published. A publication without any knew nothing of them.
changed as (
    select compared.*
    from compared
    cross join published
    where
        compared.fact_date < {{ business_date('published.as_of') }}
        and (compared.is_late or compared.is_moved or compared.is_revalued)
        and exists (select 1 from days_published)
),

rates as (
    select fact_date from changed
    where fact = 'exchange_rates'
),

-- A fact that came or was corrected explains all else about it. What it is worth changes whoever
-- has it, so that a merge on the day of a corrected rate hides neither. Without a rate it is a cost
-- that was corrected; payments are worth what the rate of their invoice's day says.
caused as (
    select fact, fact_date, 'late_fact' as cause
    from changed
    where is_late and fact <> 'exchange_rates'
    union all
    select fact, fact_date, 'identity'
    from changed
    where is_moved and not is_late
    union all
    select
        fact,
        fact_date,
        case
            when fact_date in (select rates.fact_date from rates) then 'rate'
            when fact = 'payments' and exists (select 1 from rates) then 'rate'
            else 'late_fact'
        end
    from changed
    where is_revalued and not is_late
),

-- What a customer's record says moves little, and is named after all else.
ranked as (
    select
        cause,
        fact,
        min(fact_date) as first_day,
        case
            when cause = 'late_fact' and fact = 'records' then 5
            when cause = 'late_fact' then 1
            when cause = 'identity' then 2
            else 3
        end as cause_rank
    from caused
    group by cause, fact
)

select ranked.*, fact_words.words, fact_words.words_zh
from ranked
inner join fact_words on ranked.fact = fact_words.fact
union all
select 'rule', null, {{ first_day_ever() }}, 4, null, null
from published
cross join publication
where published.rules is distinct from publication.rules
