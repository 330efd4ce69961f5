{{ config(materialized='view') }}

select * from {{ union_feed('payments') }} as feed
