-- What a category is called is what it is called now.
with

versions as (
    select * from {{ ref('stg_erp__product_versions') }}
),

categories as (
    select * from {{ ref('stg_erp__categories') }}
)

select
    versions.source_system,
    versions.source_product_id,
    versions.valid_from,
    categories.category_name
from versions
left join categories on versions.category_id = categories.category_id
