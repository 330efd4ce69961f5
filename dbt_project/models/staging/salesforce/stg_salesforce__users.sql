with

users as (
    select * from {{ latest_version(
        source('salesforce', 'users'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as owner_id,
    {{ clean_text('name') }} as owner_name,
    {{ clean_text('lower(email)') }} as email,
    coalesce(is_active, false) as is_active
from users
