{{ config(materialized='view') }}

select feed.*
from {{ union_feed('web_events') }} as feed
