{{ config(materialized='view') }}

select feed.*
from {{ union_feed('exchange_rates') }} as feed
