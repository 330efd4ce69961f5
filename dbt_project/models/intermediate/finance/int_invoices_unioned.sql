{{ config(materialized='view') }}

select * from {{ union_feed('invoices') }} as feed
