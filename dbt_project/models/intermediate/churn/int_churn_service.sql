{%- set year_before = add_days('instants.facts_before', -365) -%}
{%- set horizon_before = add_days('instants.facts_before', -churn_horizon_days()) -%}

with instants as (
    select * from {{ ref('int_churn_instants') }}
    where not is_churned
),

tickets as (
    select
        instants.customer_id,
        instants.periods_back,
        count(*) as tickets,
        count(case when tickets.opened_date >= instants.last_order_date then 1 end)
            as tickets_since_order,
        count(case
            when coalesce({{ business_date('tickets.closed_at') }} >= instants.facts_before, true)
                then 1
        end) as open_tickets,
        {{ mean(
            'case when ' ~ business_date('tickets.closed_at') ~ ' < instants.facts_before '
            ~ 'then tickets.solve_hours end'
        ) }} as solve_hours
    from instants
    inner join {{ ref('fct_tickets') }} as tickets
        on
            instants.customer_id = tickets.customer_id
            and tickets.opened_date < instants.facts_before
            and tickets.opened_date >= {{ year_before }}
    group by 1, 2
),

answers as (
    select
        instants.customer_id,
        instants.periods_back,
        {{ mean("case when answers.survey_kind = 'csat' then answers.score end") }} as csat,
        {{ mean("case when answers.survey_kind = 'nps' then answers.score end") }} as nps
    from instants
    inner join {{ ref('fct_survey_answers') }} as answers
        on
            instants.customer_id = answers.customer_id
            and answers.answer_date < instants.facts_before
            and answers.answer_date >= {{ year_before }}
    group by 1, 2
),

sessions as (
    select
        instants.customer_id,
        instants.periods_back,
        count(*) as sessions,
        count(case when sessions.session_date >= {{ horizon_before }} then 1 end)
            as recent_sessions,
        coalesce(sum(case when sessions.session_date >= {{ horizon_before }}
                then sessions.carts
        end), 0) as recent_carts,
        {{ days_between('max(sessions.session_date)', 'max(instants.facts_before)') }}
            as days_since_session
    from instants
    inner join {{ ref('fct_sessions') }} as sessions
        on
            instants.customer_id = sessions.customer_id
            and sessions.session_date < instants.facts_before
            and sessions.session_date >= {{ year_before }}
    where not sessions.is_bot
    group by 1, 2
)

select
    instants.customer_id,
    instants.periods_back,
    coalesce(tickets.tickets, 0) as tickets,
    coalesce(tickets.tickets_since_order, 0) as tickets_since_order,
    coalesce(tickets.open_tickets, 0) as open_tickets,
    tickets.solve_hours,
    answers.csat,
    answers.nps,
    coalesce(sessions.sessions, 0) as sessions,
    coalesce(sessions.recent_sessions, 0) as recent_sessions,
    coalesce(sessions.recent_carts, 0) as recent_carts,
    sessions.days_since_session
from instants
left join tickets
    on instants.customer_id = tickets.customer_id and instants.periods_back = tickets.periods_back
left join answers
    on instants.customer_id = answers.customer_id and instants.periods_back = answers.periods_back
left join sessions
    on
        instants.customer_id = sessions.customer_id
        and instants.periods_back = sessions.periods_back
