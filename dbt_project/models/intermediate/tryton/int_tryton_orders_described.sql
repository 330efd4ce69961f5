with

sales as (
    select * from {{ ref('stg_tryton__sales') }}
),

sale_lines as (
    select * from {{ ref('stg_tryton__sale_lines') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
),

addresses as (
    select * from {{ ref('stg_tryton__addresses') }}
),

countries as (
    select * from {{ ref('stg_tryton__countries') }}
),

counted_lines as (
    select
        source_order_id,
        sum(case when quantity >= 0 then 1 else 0 end) as sold_lines
    from sale_lines
    group by source_order_id
)

select
    sales.source_system,
    sales.source_order_id,
    sales.source_customer_id,
    sales.ordered_at,
    case
        when sales.sale_state = 'cancelled' then 'cancelled'
        when sales.sale_state = 'done' then 'completed'
        else 'open'
    end as status,
    sales.sale_state in ('draft', 'quotation') as is_quote,
    cast(null as timestamp) as cancelled_at,
    cast(null as timestamp) as promised_at,
    cast(null as timestamp) as delivered_at,
    currencies.currency,
    cast(null as text) as channel,
    cast(null as text) as store_id,
    countries.country_code,
    cast(null as numeric(18, 4)) as freight_amount,
    sales.updated_at
from sales
left join counted_lines on sales.source_order_id = counted_lines.source_order_id
left join currencies on sales.currency_id = currencies.currency_id
left join addresses on sales.address_id = addresses.address_id
left join countries on addresses.country_id = countries.country_id
-- A sale of goods that come back is no order; its credit note is the return.
where counted_lines.source_order_id is null or counted_lines.sold_lines > 0
