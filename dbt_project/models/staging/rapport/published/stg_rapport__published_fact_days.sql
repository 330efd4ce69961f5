select
    cast(fact as text) as fact,
    cast(fact_date as date) as fact_date,
    cast(facts_content as text) as facts_content,
    cast(customers_content as text) as customers_content,
    cast(amounts_content as text) as amounts_content
from {{ source('published', 'fact_days') }}
