with

sales as (

    select * from {{ ref('stg_crm__sales') }}

),

products as (

    select products.*, categories.category_id as known_category_id
    from {{ ref('stg_crm__product_prices') }} as products
    left join {{ ref('stg_erp__categories') }} as categories
        on products.category_id_landed = categories.category_id

),

customers as (

    select * from
        {{ latest_version(source('dwb_crm', 'customers'), ['cst_id']) }} as customers

),

birth_dates as (

    select * from {{ latest_version(source('dwb_erp', 'birth_dates'), ['cid']) }} as birth_dates

),

locations as (

    select * from {{ latest_version(source('dwb_erp', 'locations'), ['cid']) }} as locations

),

mends as (

    select order_date_mend as rule from sales
    union all
    select price_mend as rule from sales
    union all
    select amount_mend as rule from sales
    union all
    select 'product_category_unknown' as rule from products
    where known_category_id is null
    union all
    select 'product_end_before_start' as rule from products
    where valid_to_landed < valid_from
    union all
    select 'product_cost_missing' as rule from products
    where unit_cost is null
    union all
    select 'customer_name_padded' as rule from customers
    where cst_firstname <> trim(cst_firstname) or cst_lastname <> trim(cst_lastname)
    union all
    select 'erp_key_prefix_nas' as rule from birth_dates
    where cid like 'NAS%'
    union all
    select 'erp_key_hyphen' as rule from locations
    where cid like '%-%'
    union all
    select 'birth_date_in_future' as rule from birth_dates
    where {{ text_as('bdate', 'date') }} >= {{ as_of_date() }}
    union all
    select 'country_missing' as rule from locations
    where {{ clean_text('cntry') }} is null
    union all
    select 'country_spelled_otherwise' as rule from locations
    where {{ clean_text('cntry') }} in ('DE', 'US', 'USA')

)

select
    rule,
    count(*) as mended_rows
from mends
where rule is not null
group by rule
