with

customers as (
    select * from {{ latest_version(source('erp', 'customers'), ['customer_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    'erp' as source_role,
    customer_no as record_id,
    case when is_company = 1 then 'account' else 'person' end as party_kind,
    {{ clean_text('first_name') }} as first_name,
    {{ clean_text('last_name') }} as last_name,
    {{ clean_text('name') }} as full_name,
    {{ clean_text('company_name') }} as company_name,
    {{ clean_text('email') }} as email,
    {{ clean_text('phone') }} as phone,
    {{ clean_text('street') }} as street,
    {{ clean_text('city') }} as city,
    {{ clean_text('postal_code') }} as postal_code,
    {{ country_code('country_code') }} as country_code,
    {{ possible_birth_date('birth_date') }} as birth_date,
    cast(null as text) as cross_reference,
    {{ clean_text('lower(acquisition_channel)') }} as acquisition_channel,
    cast(null as text) as owner_name,
    cast(null as text) as record_url,
    created_at,
    updated_at
from customers
where coalesce(created_at < {{ as_of() }}, true)
