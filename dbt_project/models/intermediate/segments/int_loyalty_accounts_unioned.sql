{{ config(materialized='view') }}

select feed.*
from {{ union_feed('loyalty_accounts') }} as feed
where joined_at is null or {{ before_as_of('joined_at') }}
