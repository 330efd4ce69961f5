with

orders as (
    select * from {{ latest_version(source('erp', 'orders'), ['order_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    order_no as source_order_id,
    customer_no as source_customer_id,
    ordered_at,
    case
        when status = 'cancelled' then 'cancelled'
        when status = 'delivered' then 'completed'
        else 'open'
    end as status,
    coalesce(order_type = 'quote', false) as is_quote,
    cancelled_at,
    promised_at,
    delivered_at,
    upper(currency) as currency,
    {{ clean_text('channel') }} as channel,
    store_id,
    {{ country_code('country_code') }} as country_code,
    {{ money('freight_amount') }} as freight_amount,
    updated_at
from orders
where {{ before_as_of('ordered_at') }}
