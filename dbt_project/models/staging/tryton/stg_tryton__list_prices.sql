with

list_prices as (
    select * from {{ latest_version(
        source('tryton', 'list_prices'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as list_price_id,
    cast(template as text) as template_id,
    cast(company as text) as company_id,
    {{ money('list_price') }} as list_price
from list_prices
