{%- set after_days = var('churn_cause_days') -%}

with order_days as (
    select * from {{ ref('int_order_days') }}
),

-- A customer who is churned left after the last order day; one who is not came back after each
-- that another followed. Order days that nobody has decided about yet are neither.
churned as (
    select customer_id, is_churned
    from {{ ref('int_churn_instants') }}
    where periods_back = 0
),

decided as (
    select
        order_days.customer_id,
        order_days.order_date,
        order_days.order_day_no,
        order_days.next_order_date is null as has_left,
        {{ days_between('order_days.first_order_date', 'order_days.order_date') }} as tenure_days,
        {{ period_start('quarter', 'order_days.order_date') }} as quarter
    from order_days
    inner join churned on order_days.customer_id = churned.customer_id
    where churned.is_churned = (order_days.next_order_date is null)
),

ordered as (
    select
        customer_id,
        order_date,
        {{ ratio('count(case when is_late then 1 end)', 'count(is_late)') }} as late_delivery,
        {{ ratio('count(case when returned_amount_reporting > 0 then 1 end)', 'count(*)') }}
            as return_share,
        {{ ratio('sum(discount_amount_reporting)', 'sum(list_amount_reporting)') }}
            as discount_rate,
        cast(sum(net_amount_reporting) as double precision) as order_value
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by 1, 2
),

bought as (
    select
        customer_id,
        revenue_date as order_date,
        {{ ratio('sum(list_amount_reporting)', 'sum(first_price_amount)') }} - 1 as price_change,
        count(distinct category_name) as categories
    from {{ ref('int_churn_lines') }}
    where line_kind = 'sale'
    group by 1, 2
),

-- The same stretch after each order day, whether or not another order fell into it.
tickets as (
    select
        decided.customer_id,
        decided.order_date,
        count(*) as tickets,
        {{ mean('tickets.solve_hours') }} as solve_hours
    from decided
    inner join {{ ref('fct_tickets') }} as tickets
        on
            decided.customer_id = tickets.customer_id
            and tickets.opened_date >= decided.order_date
            and tickets.opened_date <= {{ add_days('decided.order_date', after_days) }}
    group by 1, 2
),

answers as (
    select
        decided.customer_id,
        decided.order_date,
        {{ mean("case when answers.survey_kind = 'csat' then answers.score end") }} as csat,
        {{ mean("case when answers.survey_kind = 'nps' then answers.score end") }} as nps
    from decided
    inner join {{ ref('fct_survey_answers') }} as answers
        on
            decided.customer_id = answers.customer_id
            and answers.answer_date >= decided.order_date
            and answers.answer_date <= {{ add_days('decided.order_date', after_days) }}
    group by 1, 2
)

select
    decided.*,
    ordered.late_delivery,
    case when tickets.tickets > 0 then 1 else 0 end as ticket,
    tickets.solve_hours,
    answers.csat,
    answers.nps,
    case when ordered.return_share > 0 then 1 else 0 end as has_return,
    ordered.discount_rate,
    bought.price_change,
    ordered.order_value,
    bought.categories
from decided
inner join ordered
    on decided.customer_id = ordered.customer_id and decided.order_date = ordered.order_date
left join bought
    on decided.customer_id = bought.customer_id and decided.order_date = bought.order_date
left join tickets
    on decided.customer_id = tickets.customer_id and decided.order_date = tickets.order_date
left join answers
    on decided.customer_id = answers.customer_id and decided.order_date = answers.order_date
