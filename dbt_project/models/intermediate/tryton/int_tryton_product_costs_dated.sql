with

cost_prices as (
    select * from {{ ref('stg_tryton__cost_prices') }}
),

companies as (
    select * from {{ ref('stg_tryton__companies') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
)

select
    cost_prices.source_system,
    cost_prices.source_product_id,
    cost_prices.valid_from,
    -- The same version may come twice, by a look-back or a second load.
    max(cost_prices.unit_cost) as unit_cost,
    max(currencies.currency) as currency
from cost_prices
inner join companies on cost_prices.company_id = companies.company_id
inner join currencies on companies.currency_id = currencies.currency_id
group by
    cost_prices.source_system,
    cost_prices.source_product_id,
    cost_prices.valid_from
