with

locations as (

    select * from {{ latest_version(source('dwb_erp', 'locations'), ['cid']) }} as locations

),

named as (

    select
        cid,
        {{ normalised_key('cid') }} as customer_key,
        {{ clean_text('cntry') }} as country_name
    from locations

)

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
    case
        when country_name in ('US', 'USA', 'United States') then 'US'
        when country_name in ('DE', 'Germany') then 'DE'
        when country_name = 'Australia' then 'AU'
        when country_name = 'Canada' then 'CA'
        when country_name = 'France' then 'FR'
        when country_name = 'United Kingdom' then 'GB'
    end as country_code,
    cast(null as date) as birth_date,
    'crm|' || substr(customer_key, 6) as cross_reference,
    cast(null as text) as acquisition_channel,
    cast(null as text) as owner_name,
    cast(null as text) as record_url,
    cast(null as timestamp) as created_at,
    cast(null as timestamp) as updated_at
from named
