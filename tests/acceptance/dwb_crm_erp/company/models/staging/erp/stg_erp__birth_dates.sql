with

birth_dates as (

    select * from {{ latest_version(source('dwb_erp', 'birth_dates'), ['cid']) }} as birth_dates

),

read_dates as (

    select
        cid,
        {{ normalised_key('cid') }} as customer_key,
        {{ text_as('bdate', 'date') }} as birth_date_read
    from birth_dates

)

-- The number in the CRM's key (AW00011000) is the CRM's id (11000): that is the cross-reference.
select
    'erp' as source_system,
    'erp' as source_role,
    cid as record_id,
    'person' as party_kind,
    cast(null as text) as first_name,
    cast(null as text) as last_name,
    cast(null as text) as full_name,
    cast(null as text) as company_name,
    cast(null as text) as email,
    cast(null as text) as phone,
    cast(null as text) as street,
    cast(null as text) as city,
    cast(null as text) as postal_code,
    cast(null as text) as country_code,
    case when birth_date_read < {{ as_of_date() }} then birth_date_read end as birth_date,
    'crm|' || substr(customer_key, 6) as cross_reference,
    cast(null as text) as acquisition_channel,
    cast(null as text) as owner_name,
    cast(null as text) as record_url,
    cast(null as timestamp) as created_at,
    cast(null as timestamp) as updated_at
from read_dates
