with

versions as (
    select
        {{ record_key('source_system', 'source_product_id') }} as product_id,
        valid_from,
        category_name
    from {{ ref('int_product_categories_unioned') }}
),

-- Of a product without versions nothing is known but what it is now.
known as (
    select * from versions
    union all
    select
        products.product_id,
        cast(null as timestamp) as valid_from,
        products.category_name
    from {{ ref('int_products_unioned') }} as products
    left join versions on products.product_id = versions.product_id
    where versions.product_id is null
),

compared as (
    select
        known.*,
        row_number() over in_order as version_number,
        lag(category_name) over in_order as previous_category_name
    from known
    window in_order as (partition by product_id order by valid_from nulls first)
),

moved as (
    select * from compared
    where version_number = 1 or category_name is distinct from previous_category_name
)

select
    product_id,
    case when version_number > 1 then valid_from end as valid_from,
    lead(valid_from) over (partition by product_id order by version_number) as valid_to,
    category_name
from moved
