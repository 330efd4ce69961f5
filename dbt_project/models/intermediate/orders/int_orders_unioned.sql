{{ config(materialized='view') }}

select feed.*
from {{ union_feed('orders') }} as feed
