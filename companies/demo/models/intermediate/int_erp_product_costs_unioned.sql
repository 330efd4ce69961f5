with

prices as (
    select * from {{ ref('stg_erp__product_prices') }}
),

products as (
    select * from {{ ref('stg_erp__products') }}
),

products_without_prices as (
    select products.*
    from products
    left join prices on products.source_product_id = prices.source_product_id
    where prices.source_product_id is null
)

select
    source_system,
    source_product_id,
    valid_from,
    unit_cost,
    currency
from prices
union all
select
    source_system,
    source_product_id,
    created_at as valid_from,
    unit_cost,
    currency
from products_without_prices
