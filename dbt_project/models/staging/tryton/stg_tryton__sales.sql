with

sales as (
    select * from {{ latest_version(
        source('tryton', 'sales'), ['id'], 'write_date'
    ) }} as latest
)

select
    '{{ var("tryton_source") }}' as source_system,
    cast(id as text) as source_order_id,
    cast(coalesce(invoice_party, party) as text) as source_customer_id,
    cast(currency as text) as currency_id,
    cast(coalesce(shipment_address, invoice_address) as text) as address_id,
    coalesce({{ business_day_start('sale_date') }}, create_date) as ordered_at,
    state as sale_state,
    coalesce(write_date, create_date) as updated_at
from sales
where {{ before_as_of('create_date') }}
