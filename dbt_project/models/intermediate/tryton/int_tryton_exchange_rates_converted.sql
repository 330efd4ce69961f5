with

currency_rates as (
    select * from {{ ref('stg_tryton__currency_rates') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
),

rates as (
    select
        currency_rates.rate_date,
        currencies.currency,
        currency_rates.units
    from currency_rates
    inner join currencies on currency_rates.currency_id = currencies.currency_id
    where currency_rates.units > 0
),

reporting as (
    select
        rate_date as valid_from,
        lead(rate_date) over (order by rate_date) as valid_to,
        units
    from rates
    where currency = '{{ var("reporting_currency") }}'
)

select
    rates.rate_date,
    rates.currency,
    cast({{ ratio('reporting.units', 'rates.units') }} as numeric(18, 8)) as rate
from rates
inner join reporting
    on
        rates.rate_date >= reporting.valid_from
        and (reporting.valid_to is null or rates.rate_date < reporting.valid_to)
where rates.currency != '{{ var("reporting_currency") }}'
