with deals as (
    select * from {{ ref('fct_deals') }}
),

orders as (
    select * from {{ ref('int_orders_placed') }}
),

offers as (
    select
        customer_id,
        'deal' as offer_kind,
        {{ business_date('created_at') }} as opened_on,
        {{ business_date('closed_at') }} as closed_on
    from deals
    union all
    select
        customer_id,
        'quote' as offer_kind,
        order_date as opened_on,
        {{ business_date('least(quote_completed_at, cancelled_at)') }} as closed_on
    from orders
    where is_quote
),

-- Nothing closes before it opens: some CRMs fill the close date with a hope.
ordered as (
    select
        customer_id,
        offer_kind,
        opened_on,
        case when closed_on < opened_on then opened_on else closed_on end as closed_on
    from offers
    where customer_id is not null and opened_on is not null
)

select * from ordered
