with

products as (
    select * from {{ ref('int_products_unioned') }}
)

select
    product_id,
    source_system,
    source_product_id,
    sku,
    product_name,
    coalesce(category_name, 'Uncategorised') as category_name,
    list_price,
    currency
from products
