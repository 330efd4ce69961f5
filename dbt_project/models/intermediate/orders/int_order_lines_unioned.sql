{{ config(materialized='view') }}

select feed.*
from {{ union_feed('order_lines') }} as feed
