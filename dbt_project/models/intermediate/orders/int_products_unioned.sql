with

products as (
    select * from {{ union_feed('products') }} as feed
)

select
    {{ record_key('source_system', 'source_product_id') }} as product_id,
    products.*
from products
