with

leads as (
    select * from {{ latest_version(
        source('salesforce', 'leads'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as record_id,
    {{ clean_text('first_name') }} as first_name,
    {{ clean_text('last_name') }} as last_name,
    {{ clean_text("coalesce(first_name, '') || ' ' || coalesce(last_name, '')") }} as full_name,
    {{ clean_text('company') }} as company_name,
    {{ clean_text('email') }} as email,
    coalesce({{ clean_text('mobile_phone') }}, {{ clean_text('phone') }}) as phone,
    {{ clean_text('street') }} as street,
    {{ clean_text('city') }} as city,
    {{ clean_text('postal_code') }} as postal_code,
    {{ country_code('coalesce(country_code, country)') }} as country_code,
    {{ salesforce_channel('lead_source') }} as acquisition_channel,
    {{ clean_text('lower(lead_source)') }} as lead_source,
    coalesce(has_opted_out_of_email, false) as has_opted_out,
    -- A first load knows a lead only as it is today: a conversion after the as-of is none yet.
    case when {{ before_as_of('converted_date') }} then converted_contact_id end
        as converted_contact_id,
    case when {{ before_as_of('converted_date') }} then converted_opportunity_id end
        as converted_opportunity_id,
    owner_id,
    created_date as created_at,
    system_modstamp as updated_at
from leads
where coalesce(created_date < {{ as_of() }}, true)
