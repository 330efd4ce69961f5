select
    id as category_id,
    {{ clean_text('cat') }} as category_name,
    {{ clean_text('subcat') }} as subcategory_name
from {{ latest_version(source('dwb_erp', 'categories'), ['id']) }} as categories
