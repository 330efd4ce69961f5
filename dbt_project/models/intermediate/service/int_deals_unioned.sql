{{ config(materialized='view') }}

with

deals as (
    select * from {{ union_feed('deals') }} as feed
)

select
    {{ record_key('source_system', 'source_deal_id') }} as deal_id,
    deals.*
from deals
