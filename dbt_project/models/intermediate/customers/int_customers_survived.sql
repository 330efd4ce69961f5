{{ config(materialized='view') }}

{{ survived_profiles('customer', 'customer_id') }}
