with

product_categories as (
    select * from {{ latest_version(
        source('tryton', 'product_categories'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as category_id,
    {{ clean_text('name') }} as category_name
from product_categories
where not coalesce(accounting, false)
