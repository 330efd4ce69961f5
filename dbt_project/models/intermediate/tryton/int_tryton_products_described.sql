with

products as (
    select * from {{ ref('stg_tryton__products') }}
),

product_templates as (
    select * from {{ ref('stg_tryton__product_templates') }}
),

product_categories as (
    select * from {{ ref('stg_tryton__product_categories') }}
),

template_categories as (
    select * from {{ ref('stg_tryton__template_categories') }}
),

list_prices as (
    select * from {{ ref('stg_tryton__list_prices') }}
),

companies as (
    select * from {{ ref('stg_tryton__companies') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
),

categorised as (
    select
        template_categories.template_id,
        product_categories.category_name,
        row_number() over (
            partition by template_categories.template_id
            order by cast(template_categories.template_category_id as bigint)
        ) as category_rank
    from template_categories
    inner join product_categories
        on template_categories.category_id = product_categories.category_id
),

priced as (
    select
        list_prices.template_id,
        list_prices.list_price,
        currencies.currency,
        row_number() over (
            partition by list_prices.template_id order by cast(list_prices.list_price_id as bigint)
        ) as price_rank
    from list_prices
    inner join companies on list_prices.company_id = companies.company_id
    inner join currencies on companies.currency_id = currencies.currency_id
)

select
    products.source_system,
    products.source_product_id,
    products.sku,
    product_templates.template_name as product_name,
    categorised.category_name,
    priced.list_price,
    priced.currency,
    products.updated_at
from products
left join product_templates on products.template_id = product_templates.template_id
left join categorised
    on products.template_id = categorised.template_id and categorised.category_rank = 1
left join priced on products.template_id = priced.template_id and priced.price_rank = 1
