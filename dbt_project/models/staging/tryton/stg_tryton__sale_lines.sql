with

sale_lines as (
    select * from {{ latest_version(
        source('tryton', 'sale_lines'), ['id'], 'write_date'
    ) }} as latest
)

select
    '{{ var("tryton_source") }}' as source_system,
    cast(id as text) as source_line_id,
    cast(sale as text) as source_order_id,
    cast(product as text) as source_product_id,
    cast(quantity as numeric(18, 4)) as quantity,
    unit_price,
    coalesce(write_date, create_date) as updated_at
from sale_lines
where type = 'line'
