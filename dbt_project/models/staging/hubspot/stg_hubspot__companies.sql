with

companies as (
    select * from {{ latest_version(
        source('hubspot', 'companies'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as company_id,
    {{ clean_text('name') }} as company_name,
    {{ clean_text('lower(domain)') }} as domain,
    {{ clean_text('phone') }} as phone,
    {{ clean_text('address') }} as street,
    {{ clean_text('city') }} as city,
    {{ clean_text('zip') }} as postal_code,
    {{ clean_text('state') }} as region,
    {{ country_code('country') }} as country_code,
    hubspot_owner_id as owner_id,
    '/record/0-2/' || id as record_path,
    createdate as created_at,
    hs_lastmodifieddate as updated_at
from companies
where coalesce(createdate < {{ as_of() }}, true)
