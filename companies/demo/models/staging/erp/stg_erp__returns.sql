with

returns as (
    select * from {{ latest_version(source('erp', 'returns'), ['return_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    return_no as source_return_id,
    {{ clean_text('order_no') }} as source_order_id,
    {{ clean_text('line_no') }} as source_line_id,
    {{ clean_text('customer_no') }} as source_customer_id,
    {{ clean_text('product_id') }} as source_product_id,
    returned_at,
    {{ money('quantity') }} as quantity,
    {{ money('amount') }} as net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    upper(currency) as currency,
    cast(null as text) as country_code,
    updated_at
from returns
where {{ before_as_of('returned_at') }}
