{{ config(materialized='view') }}

select feed.*
from {{ union_feed('leads') }} as feed
