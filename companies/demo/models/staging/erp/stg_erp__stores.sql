with

stores as (
    select * from {{ latest_version(source('erp', 'stores'), ['store_id'], 'updated_at') }} as latest
)

select
    store_id,
    {{ clean_text('store_name') }} as store_name,
    {{ clean_text('city') }} as city,
    {{ country_code('country_code') }} as country_code
from stores
