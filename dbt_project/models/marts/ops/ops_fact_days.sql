with days as (
    {%- for facts in dated_facts() %}
    select
        '{{ facts.fact }}' as fact,
        {{ facts.day }} as fact_date,
        count(*) as facts,
        {{ content_of(facts.what) }} as facts_content,
        {{ content_of(facts.whose) if facts.whose else 'cast(null as text)' }} as customers_content,
        {{ content_of(facts.worth) if facts.worth else 'cast(null as text)' }} as amounts_content
    from {{ facts['from'] }}
    where {{ facts.where or facts.day ~ ' is not null' }}
    group by {{ facts.day }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    fact || '|' || cast(fact_date as text) as fact_day_id,
    cast(fact as text) as fact,
    cast(fact_date as date) as fact_date,
    cast(facts as bigint) as facts,
    facts_content,
    customers_content,
    amounts_content
from days
