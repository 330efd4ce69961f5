{{ config(materialized='view') }}

select * from {{ union_feed('referrals') }} as feed
