with

invoice_lines as (
    select
        *,
        row_number() over (
            partition by invoice_no, line_kind
            order by invoiced_at asc, {{ by_bytes('line_id') }} asc
        ) as line_number,
        sum(case when line_kind = 'freight' then amount else 0 end) over (
            partition by invoice_no
        ) as freight_amount
    from {{ ref('stg_shop__invoice_lines') }}
)

-- An invoice with at least one line that was sold is an order.
select
    'shop' as source_system,
    invoice_no as source_order_id,
    customer_id as source_customer_id,
    invoiced_at as ordered_at,
    'completed' as status,
    false as is_quote,
    cast(null as timestamp) as cancelled_at,
    cast(null as timestamp) as promised_at,
    cast(null as timestamp) as delivered_at,
    'GBP' as currency,
    cast(null as text) as channel,
    cast(null as text) as store_id,
    country_code,
    {{ money('freight_amount') }} as freight_amount,
    cast(null as timestamp) as updated_at
from invoice_lines
where line_kind = 'sale' and line_number = 1
