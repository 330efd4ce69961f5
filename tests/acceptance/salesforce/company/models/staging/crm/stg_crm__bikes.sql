with

bikes as (
    select * from {{ latest_version(source('crm', 'bikes'), ['id'], 'system_modstamp') }} as latest
)

select
    'crm' as source_system,
    id as source_product_id,
    name as sku,
    {{ clean_text("coalesce(family, '') || ' ' || name") }} as product_name,
    category as category_name,
    {{ money('msrp') }} as list_price,
    'USD' as currency,
    system_modstamp as updated_at
from bikes
