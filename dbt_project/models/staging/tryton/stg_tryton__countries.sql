with

countries as (
    select * from {{ latest_version(
        source('tryton', 'countries'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as country_id,
    {{ country_code('code') }} as country_code
from countries
