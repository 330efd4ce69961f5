with

parties as (
    select * from {{ latest_version(
        source('tryton', 'parties'), ['id'], 'write_date'
    ) }} as latest
)

select
    '{{ var("tryton_source") }}' as source_system,
    cast(id as text) as record_id,
    cast(replaced_by as text) as replaced_by_id,
    {{ clean_text('name') }} as party_name,
    code as party_code,
    create_date as created_at,
    coalesce(write_date, create_date) as updated_at
from parties
where create_date is null or {{ before_as_of('create_date') }}
