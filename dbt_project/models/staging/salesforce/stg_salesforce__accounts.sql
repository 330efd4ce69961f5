with

accounts as (
    select * from {{ latest_version(
        source('salesforce', 'accounts'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as account_id,
    {{ clean_text('name') }} as account_name,
    coalesce(is_person_account, false) as is_person,
    {{ clean_text('phone') }} as phone,
    {{ clean_text('billing_street') }} as street,
    {{ clean_text('billing_city') }} as city,
    {{ clean_text('billing_postal_code') }} as postal_code,
    {{ clean_text('billing_state') }} as region,
    {{ country_code('billing_country') }} as country_code,
    owner_id,
    created_date as created_at,
    system_modstamp as updated_at
from accounts
where coalesce(created_date < {{ as_of() }}, true)
