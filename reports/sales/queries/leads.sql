with waiting as (
    select
        lead_id,
        customer_id,
        person_id,
        lead_kind,
        lead_at,
        date_diff('hour', lead_at, :as_of) as waited_hours
    from fct_leads
    where first_response_at is null and lead_date >= cast(:today as date) - cast(:lead_days as integer)
)

select
    waiting.lead_id,
    coalesce(people.full_name, customers.full_name, customers.company_name, waiting.lead_id) as who,
    waiting.lead_kind,
    waiting.lead_at,
    waiting.waited_hours,
    coalesce(people.owner_name, customers.owner_name) as owner_name,
    coalesce(people.record_url, customers.record_url) as record_url,
    waiting.waited_hours >= :lead_response_hours as is_late,
    waiting.waited_hours < :lead_response_hours
    and waiting.waited_hours >= :lead_response_hours - :near_hours as is_near,
    case
        when waiting.waited_hours >= :lead_response_hours then 'bad'
        when waiting.waited_hours >= :lead_response_hours - :near_hours then 'watch'
        else 'none'
    end as tone,
    cast(:lead_response_hours as integer) as deadline_hours,
    cast(:near_hours as integer) as near_hours
from waiting
left join dim_people as people on waiting.person_id = people.person_id
left join dim_customers as customers on waiting.customer_id = customers.customer_id
order by waiting.waited_hours desc, waiting.lead_id asc
