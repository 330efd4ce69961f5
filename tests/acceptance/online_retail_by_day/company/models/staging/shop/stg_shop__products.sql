with

invoice_lines as (
    select
        *,
        row_number() over (
            partition by product_id
            order by
                case when product_name is null then 1 else 0 end asc,
                invoiced_at desc,
                {{ by_bytes('invoice_no') }} desc,
                {{ by_bytes('line_id') }} desc
        ) as line_number
    from {{ ref('stg_shop__invoice_lines') }}
    where line_kind in ('sale', 'credit')
)

select
    'shop' as source_system,
    product_id as source_product_id,
    product_id as sku,
    product_name,
    cast(null as text) as category_name,
    cast(null as numeric(18, 4)) as list_price,
    'GBP' as currency,
    cast(null as timestamp) as updated_at
from invoice_lines
where line_number = 1
