with

product_prices as (
    select * from {{ latest_version(source('erp', 'product_prices'), ['price_id'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    price_id,
    product_id as source_product_id,
    valid_from,
    {{ money('list_price') }} as list_price,
    {{ money('unit_cost') }} as unit_cost,
    upper(currency) as currency
from product_prices
where {{ before_as_of('valid_from') }}
