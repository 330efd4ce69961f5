with

template_categories as (
    select * from {{ latest_version(
        source('tryton', 'template_categories'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as template_category_id,
    cast(template as text) as template_id,
    cast(category as text) as category_id
from template_categories
