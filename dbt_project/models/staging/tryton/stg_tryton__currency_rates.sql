with

currency_rates as (
    select * from {{ latest_version(
        source('tryton', 'currency_rates'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as rate_id,
    cast(currency as text) as currency_id,
    date as rate_date,
    rate as units
from currency_rates
