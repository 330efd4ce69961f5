with

invoice_lines as (
    select * from {{ latest_version(
        source('tryton', 'invoice_lines'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as invoice_line_id,
    cast(invoice as text) as invoice_id,
    cast(product as text) as source_product_id,
    cast(quantity as numeric(18, 4)) as quantity,
    unit_price,
    {{ first_match('origin', '^sale[.]line,([0-9]+)$') }} as source_line_id,
    {{ first_match('origin', '^account[.]invoice[.]line,([0-9]+)$') }} as credited_line_id
from invoice_lines
where type = 'line'
