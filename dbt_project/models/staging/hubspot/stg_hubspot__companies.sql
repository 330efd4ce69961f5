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
    {{ country_code('country') }} as country_code,
    createdate as created_at,
    hs_lastmodifieddate as updated_at
from companies
where coalesce(createdate < {{ as_of() }}, true)
