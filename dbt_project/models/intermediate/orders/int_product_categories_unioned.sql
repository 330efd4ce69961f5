{{ config(materialized='view') }}

select feed.*
from {{ union_feed('product_categories') }} as feed
