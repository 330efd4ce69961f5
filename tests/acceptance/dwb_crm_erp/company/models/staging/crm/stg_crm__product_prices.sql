with

products as (

    select * from {{ latest_version(source('dwb_crm', 'products'), ['prd_id']) }} as products

)

-- prd_key is category, hyphen, product: CO-PE-PD-M282. CO_PE is the CRM's word for the ERP's
-- CO_PD (Pedals), which no product bears. prd_end_dt is ignored: half of them precede the start.
select
    prd_id as product_version_id,
    substr(prd_key, 7) as source_product_id,
    {{ clean_text('prd_nm') }} as product_name,
    replace(substr(prd_key, 1, 5), '-', '_') as category_id_landed,
    case
        when substr(prd_key, 1, 5) = 'CO-PE' then 'CO_PD'
        else replace(substr(prd_key, 1, 5), '-', '_')
    end as category_id,
    {{ money('prd_cost') }} as unit_cost,
    prd_start_dt as valid_from,
    prd_end_dt as valid_to_landed,
    row_number() over (
        partition by substr(prd_key, 7)
        order by prd_start_dt asc, {{ by_bytes('prd_id') }} asc
    ) as version_number,
    row_number() over (
        partition by substr(prd_key, 7)
        order by prd_start_dt desc, {{ by_bytes('prd_id') }} desc
    ) as version_number_from_last
from products
