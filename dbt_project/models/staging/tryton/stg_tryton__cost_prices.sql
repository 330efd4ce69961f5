select
    '{{ var("tryton_source") }}' as source_system,
    cast(product as text) as source_product_id,
    cast(company as text) as company_id,
    coalesce(write_date, create_date) as valid_from,
    {{ money('cost_price') }} as unit_cost
from {{ source('tryton', 'cost_prices') }}
where not coalesce(_is_deleted, false) and coalesce(write_date, create_date) < {{ as_of() }}
