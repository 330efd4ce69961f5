with

versions as (
    select * from {{ all_versions(source('erp', 'products'), ['product_id'], 'updated_at') }} as versions
)

select
    'erp' as source_system,
    product_id as source_product_id,
    category_id,
    _version_at as valid_from
from versions
