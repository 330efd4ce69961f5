{{ config(materialized='view') }}

select feed.*
from {{ union_feed('returns') }} as feed
