with

products as (
    select * from {{ latest_version(source('erp', 'products'), ['product_id'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    product_id as source_product_id,
    {{ clean_text('sku') }} as sku,
    {{ clean_text('product_name') }} as product_name,
    category_id,
    {{ money('list_price') }} as list_price,
    {{ money('unit_cost') }} as unit_cost,
    upper(currency) as currency,
    created_at,
    updated_at
from products
