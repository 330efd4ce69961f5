-- Sales reach back before the first start date (2011-07-01): of each product the first known cost
-- holds from the beginning (int_product_costs_dated).
select
    'crm' as source_system,
    source_product_id,
    {{ business_day_start('valid_from') }} as valid_from,
    unit_cost,
    '{{ var("reporting_currency") }}' as currency
from {{ ref('stg_crm__product_prices') }}
where unit_cost is not null
