with

invoices as (
    select * from {{ latest_version(
        source('tryton', 'invoices'), ['id'], 'write_date'
    ) }} as latest
)

select
    '{{ var("tryton_source") }}' as source_system,
    cast(id as text) as invoice_id,
    cast(party as text) as source_customer_id,
    cast(currency as text) as currency_id,
    {{ business_day_start('invoice_date') }} as invoiced_at,
    state as invoice_state,
    coalesce(write_date, create_date) as updated_at
from invoices
where type = 'out'
