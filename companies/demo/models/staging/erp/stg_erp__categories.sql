with

categories as (
    select * from {{ latest_version(source('erp', 'categories'), ['category_id'], 'updated_at') }} as latest
)

select
    category_id,
    {{ clean_text('category_name') }} as category_name,
    parent_id as parent_category_id
from categories
