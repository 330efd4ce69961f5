with

products as (
    select * from {{ ref('stg_erp__products') }}
),

categories as (
    select * from {{ ref('stg_erp__categories') }}
)

select
    products.source_system,
    products.source_product_id,
    products.sku,
    products.product_name,
    categories.category_name,
    products.list_price,
    products.currency,
    products.updated_at
from products
left join categories on products.category_id = categories.category_id
