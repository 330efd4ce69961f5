with answers as (
    select
        customer_id,
        survey_kind,
        score,
        row_number() over (
            partition by customer_id, survey_kind
            order by answered_at desc, {{ by_bytes('answer_id') }} desc
        ) as age_rank
    from {{ ref('fct_survey_answers') }}
    where customer_id is not null and score is not null
),

answered as (
    select
        customer_id,
        count(case when survey_kind = 'csat' then 1 end) as csat_answers,
        max(case when survey_kind = 'csat' and age_rank = 1 then score end) as latest_csat,
        {{ ratio("sum(case when survey_kind = 'csat' then score end)",
                 "count(case when survey_kind = 'csat' then 1 end)") }} as average_csat,
        max(case when survey_kind = 'nps' and age_rank = 1 then score end) as latest_nps
    from answers
    group by customer_id
),

tickets as (
    select
        customer_id,
        count(*) as tickets,
        count(case when is_open then 1 end) as open_tickets,
        {{ mean('solve_hours') }} / 24 as average_solve_days
    from {{ ref('fct_tickets') }}
    where customer_id is not null
    group by customer_id
),

voice as (
    select
        *,
        row_number() over (
            partition by customer_id order by said_at desc, {{ by_bytes('voice_id') }} desc
        ) as age_rank
    from {{ ref('fct_voice') }}
    where customer_id is not null
),

said as (
    select
        customer_id,
        count(*) as texts,
        count(case when tone = 'negative' then 1 end) as negative_texts,
        max(case when age_rank = 1 then said_at end) as last_said_at,
        max(case when age_rank = 1 then topic end) as last_topic,
        max(case when age_rank = 1 then tone end) as last_tone
    from voice
    group by customer_id
),

customers as (
    select customer_id from answered
    union
    select customer_id from tickets
    union
    select customer_id from said
)

select
    customers.customer_id,
    coalesce(answered.csat_answers, 0) as csat_answers,
    answered.latest_csat,
    answered.average_csat,
    answered.latest_nps,
    case
        when answered.latest_nps >= 9 then 'promoter'
        when answered.latest_nps >= 7 then 'passive'
        when answered.latest_nps is not null then 'detractor'
    end as nps_class,
    coalesce(tickets.tickets, 0) as tickets,
    coalesce(tickets.open_tickets, 0) as open_tickets,
    tickets.average_solve_days,
    coalesce(said.texts, 0) as texts,
    coalesce(said.negative_texts, 0) as negative_texts,
    said.last_said_at,
    said.last_topic,
    said.last_tone
from customers
left join answered on customers.customer_id = answered.customer_id
left join tickets on customers.customer_id = tickets.customer_id
left join said on customers.customer_id = said.customer_id
