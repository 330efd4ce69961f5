with

sales as (

    select * from
        {{ latest_version(source('dwb_crm', 'sales'), ['sls_ord_num', 'sls_prd_key']) }} as sales

),

-- Dates stand as yyyymmdd; an unreadable order date is 0, 5489 or 32154.
dated as (

    select
        *,
        {{ date_of_digits('sls_order_dt') }} as order_date_read,
        {{ date_of_digits('sls_ship_dt') }} as ship_date,
        {{ date_of_digits('sls_due_dt') }} as due_date,
        {{ text_as('sls_quantity', 'numeric') }} as quantity,
        {{ text_as('sls_sales', 'numeric') }} as amount_read,
        {{ text_as('sls_price', 'numeric') }} as price_read
    from sales

)

-- All 60,379 readable order dates stand 7 days before their ship date, so the ship date mends the
-- rest. What was sold is quantity times price, the price without its sign; where the price is
-- missing, the amount as it stands.
select
    sls_ord_num as source_order_id,
    sls_prd_key as source_product_id,
    sls_cust_id as source_customer_id,
    coalesce(order_date_read, {{ add_days('ship_date', -7) }}) as order_date,
    due_date,
    quantity,
    {{ money('coalesce(quantity * abs(price_read), amount_read)') }} as net_amount,
    case
        when order_date_read is null then 'order_date_unreadable'
    end as order_date_mend,
    case
        when price_read is null then 'price_missing'
        when price_read < 0 then 'price_negative'
    end as price_mend,
    case
        when amount_read is null or amount_read <= 0 then 'sales_missing_or_not_positive'
        when amount_read <> quantity * abs(price_read) then 'sales_not_quantity_times_price'
    end as amount_mend
from dated
