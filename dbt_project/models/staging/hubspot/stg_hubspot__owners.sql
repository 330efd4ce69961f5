with

owners as (
    select * from {{ latest_version(
        source('hubspot', 'owners'), ['id'], 'updated_at'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as owner_id,
    {{ clean_text("coalesce(first_name, '') || ' ' || coalesce(last_name, '')") }} as owner_name,
    {{ clean_text('lower(email)') }} as email,
    coalesce(archived, false) as is_archived
from owners
