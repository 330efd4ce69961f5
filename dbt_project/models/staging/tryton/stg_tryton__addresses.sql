with

addresses as (
    select * from {{ latest_version(
        source('tryton', 'addresses'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as address_id,
    cast(party as text) as record_id,
    cast(country as text) as country_id,
    {{ clean_text("coalesce(street_unstructured, concat_ws(' ', street_name, building_number))") }}
        as street,
    {{ clean_text('city') }} as city,
    {{ clean_text('postal_code') }} as postal_code,
    sequence as address_order
from addresses
where coalesce(active, true)
