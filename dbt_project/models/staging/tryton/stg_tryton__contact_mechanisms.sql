with

contact_mechanisms as (
    select * from {{ latest_version(
        source('tryton', 'contact_mechanisms'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as contact_mechanism_id,
    cast(party as text) as record_id,
    type as mechanism_kind,
    {{ clean_text('value') }} as mechanism_value,
    sequence as mechanism_order
from contact_mechanisms
where coalesce(active, true)
