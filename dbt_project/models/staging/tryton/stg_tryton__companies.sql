with

companies as (
    select * from {{ latest_version(
        source('tryton', 'companies'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as company_id,
    cast(party as text) as record_id,
    cast(currency as text) as currency_id
from companies
