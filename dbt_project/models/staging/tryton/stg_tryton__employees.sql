with

employees as (
    select * from {{ latest_version(
        source('tryton', 'employees'), ['id'], 'write_date'
    ) }} as latest
)

select
    cast(id as text) as employee_id,
    cast(party as text) as record_id
from employees
