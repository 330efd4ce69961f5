with

product_templates as (
    select * from {{ latest_version(
        source('tryton', 'product_templates'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as template_id,
    {{ clean_text('name') }} as template_name
from product_templates
