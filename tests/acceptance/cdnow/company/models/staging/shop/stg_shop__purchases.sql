with

purchases as (
    select * from {{ latest_delivery(source('shop', 'purchases')) }} as latest
    where purchase_date < {{ as_of_date() }}
)

select
    customer_id,
    cast(purchase_date as timestamp) as purchased_at,
    {{ money('amount') }} as amount,
    customer_id || '|' || cast(purchase_date as text) || '|' || cast(row_number() over (
        partition by customer_id, purchase_date order by amount
    ) as text) as purchase_id
from purchases
