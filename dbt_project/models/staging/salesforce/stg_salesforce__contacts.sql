with

contacts as (
    select * from {{ latest_version(
        source('salesforce', 'contacts'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as record_id,
    account_id,
    {{ clean_text('first_name') }} as first_name,
    {{ clean_text('last_name') }} as last_name,
    {{ clean_text("coalesce(first_name, '') || ' ' || coalesce(last_name, '')") }} as full_name,
    {{ clean_text('email') }} as email,
    -- The phone on the desk is often the company's; the mobile is the person's own.
    coalesce({{ clean_text('mobile_phone') }}, {{ clean_text('phone') }}) as phone,
    {{ clean_text('mailing_street') }} as street,
    {{ clean_text('mailing_city') }} as city,
    {{ clean_text('mailing_postal_code') }} as postal_code,
    {{ clean_text('mailing_state') }} as region,
    {{ country_code('coalesce(mailing_country_code, mailing_country)') }} as country_code,
    {{ possible_birth_date('birthdate') }} as birth_date,
    {{ salesforce_channel('lead_source') }} as acquisition_channel,
    coalesce(has_opted_out_of_email, false) as has_opted_out,
    owner_id,
    created_date as created_at,
    system_modstamp as updated_at
from contacts
where coalesce(created_date < {{ as_of() }}, true)
