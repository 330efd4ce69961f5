with

exchange_rates as (
    select * from {{ latest_version(source('erp', 'exchange_rates'), ['rate_date', 'currency'], 'updated_at') }} as latest
)

select
    rate_date,
    upper(currency) as currency,
    cast(rate as numeric(18, 8)) as rate
from exchange_rates
