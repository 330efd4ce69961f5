with

customers as (

    select * from {{ latest_version(source('dwb_crm', 'customers'), ['cst_id']) }} as customers

),

named as (

    select
        cst_id,
        {{ clean_text('cst_firstname') }} as first_name,
        {{ clean_text('cst_lastname') }} as last_name
    from customers

)

-- cst_create_date is the day the CRM was filled (all of them lie years after the last sale), not
-- the day the customer became known: created_at stays unknown.
select
    'crm' as source_system,
    'crm' as source_role,
    cst_id as record_id,
    'person' as party_kind,
    first_name,
    last_name,
    {{ clean_text("coalesce(first_name, '') || ' ' || coalesce(last_name, '')") }} as full_name,
    cast(null as text) as company_name,
    cast(null as text) as email,
    cast(null as text) as phone,
    cast(null as text) as street,
    cast(null as text) as city,
    cast(null as text) as postal_code,
    cast(null as text) as country_code,
    cast(null as date) as birth_date,
    cast(null as text) as cross_reference,
    cast(null as text) as acquisition_channel,
    cast(null as text) as owner_name,
    cast(null as text) as record_url,
    cast(null as timestamp) as created_at,
    cast(null as timestamp) as updated_at
from named
