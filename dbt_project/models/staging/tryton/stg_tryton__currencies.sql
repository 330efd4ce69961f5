with

currencies as (
    select * from {{ latest_version(
        source('tryton', 'currencies'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as currency_id,
    upper(code) as currency,
    coalesce(digits, 2) as currency_digits
from currencies
