with

opportunities as (
    select * from {{ latest_version(
        source('tryton', 'opportunities'), ['id'], 'write_date'
    ) }} as latest
)

select
    '{{ var("tryton_source") }}' as source_system,
    cast(id as text) as source_deal_id,
    cast(party as text) as source_contact_id,
    cast(employee as text) as employee_id,
    cast(currency as text) as currency_id,
    coalesce({{ business_day_start('start_date') }}, create_date) as created_at,
    case
        when state in ('won', 'lost', 'cancelled')
            then {{ known_by_as_of(business_day_start('end_date')) }}
    end as closed_at,
    case
        when not {{ before_as_of(business_day_start('end_date')) }} then null
        when state = 'won' then true
        when state in ('lost', 'cancelled') then false
    end as is_won,
    {{ money('amount') }} as amount,
    state as stage_name
from opportunities
where {{ before_as_of('create_date') }}
