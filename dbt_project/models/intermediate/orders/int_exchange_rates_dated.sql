with

rates as (
    select
        rate_date,
        currency,
        rate
    from {{ ref('int_exchange_rates_unioned') }}
),

-- Each rate serves its own day, and the days after it as far as its age is allowed.
candidates as (
    {% for age in range(var('exchange_rate_max_age_days') + 1) %}
    select
        {{ add_days('rate_date', age) }} as rate_date,
        currency,
        rate,
        {{ age }} as age_days
    from rates
    union all
    {% endfor %}
    -- The day of the as-of is not over and may have no rate yet: the day before lends its own.
    select
        {{ add_days('rate_date', 1) }} as rate_date,
        currency,
        rate,
        1 as age_days
    from rates
    where {{ add_days('rate_date', 1) }} = {{ as_of_date() }}
),

ranked as (
    select
        candidates.*,
        row_number() over (
            partition by rate_date, currency order by age_days
        ) as age_rank
    from candidates
)

select
    rate_date,
    currency,
    rate
from ranked
where age_rank = 1
