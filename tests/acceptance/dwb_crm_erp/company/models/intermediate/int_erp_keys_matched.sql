with

crm_keys as (

    select distinct cst_key
    from {{ source('dwb_crm', 'customers') }}

),

erp_keys as (

    select 'birth_dates' as entity, cid, {{ normalised_key('cid') }} as cid_normalised
    from {{ source('dwb_erp', 'birth_dates') }}
    union
    select 'locations' as entity, cid, {{ normalised_key('cid') }} as cid_normalised
    from {{ source('dwb_erp', 'locations') }}

)

select
    erp_keys.entity,
    count(*) as records,
    count(raw_keys.cst_key) as matched_raw,
    count(normalised_keys.cst_key) as matched_normalised
from erp_keys
left join crm_keys as raw_keys
    on erp_keys.cid = raw_keys.cst_key
left join crm_keys as normalised_keys
    on erp_keys.cid_normalised = normalised_keys.cst_key
group by erp_keys.entity
