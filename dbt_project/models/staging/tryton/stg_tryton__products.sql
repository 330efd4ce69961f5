with

products as (
    select * from {{ latest_version(
        source('tryton', 'products'), ['id'], 'write_date'
    ) }} as latest
)

select
    '{{ var("tryton_source") }}' as source_system,
    cast(id as text) as source_product_id,
    cast(template as text) as template_id,
    {{ clean_text('code') }} as sku,
    coalesce(write_date, create_date) as updated_at
from products
