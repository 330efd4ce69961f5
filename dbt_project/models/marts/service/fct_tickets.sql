with

tickets as (
    select * from {{ union_feed('tickets') }} as feed
    where {{ before_as_of('opened_at') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
)

select
    {{ record_key('tickets.source_system', 'tickets.source_ticket_id') }} as ticket_id,
    parties.customer_id,
    parties.person_id,
    tickets.source_system,
    tickets.opened_at,
    {{ business_date('tickets.opened_at') }} as opened_date,
    {{ known_by_as_of('tickets.closed_at') }} as closed_at,
    not {{ before_as_of('tickets.closed_at') }} as is_open,
    case
        when {{ before_as_of('tickets.closed_at') }}
            then {{ hours_between('tickets.opened_at', 'tickets.closed_at') }}
    end as solve_hours,
    tickets.category,
    tickets.priority
from tickets
left join parties
    on {{ record_key('tickets.source_system', 'tickets.source_contact_id') }} = parties.record_key
