with

products as (

    select * from {{ ref('stg_crm__product_prices') }}
    where version_number_from_last = 1

),

categories as (

    select * from {{ ref('stg_erp__categories') }}

)

-- Of a product with several versions the latest: name and category never differ between them.
select
    'crm' as source_system,
    products.source_product_id,
    products.source_product_id as sku,
    products.product_name,
    categories.subcategory_name as category_name,
    cast(null as numeric(18, 4)) as list_price,
    '{{ var("reporting_currency") }}' as currency,
    cast(null as timestamp) as updated_at
from products
left join categories
    on products.category_id = categories.category_id
