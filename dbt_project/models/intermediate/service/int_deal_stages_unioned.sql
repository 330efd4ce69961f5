{{ config(materialized='view') }}

with

stages as (
    select * from {{ union_feed('deal_stages') }} as feed
)

select
    {{ record_key('source_system', 'source_deal_id') }} as deal_id,
    stages.*
from stages
