with

parties as (
    select
        record_key,
        source_role,
        person_id,
        customer_id,
        {{ clean_text('lower(email)') }} as email,
        created_at
    from {{ ref('int_parties_identified') }}
),

crm as (
    select
        customer_id,
        email,
        coalesce({{ business_date('created_at') }}, {{ first_day_ever() }}) as known_on
    from parties
    where source_role = 'crm'
),

crm_customers as (
    select customer_id, min(known_on) as known_on
    from crm
    group by customer_id
),

crm_emails as (
    select email, min(known_on) as known_on
    from crm
    where email is not null
    group by email
),

-- Buyers as the ERP numbers them.
buyers as (
    select
        buyer_key,
        min(order_date) as first_order_date,
        count(*) as orders
    from {{ ref('int_orders_placed') }}
    where is_order and buyer_key is not null
    group by buyer_key
)

select
    buyers.buyer_key,
    parties.person_id,
    buyers.first_order_date,
    buyers.orders,
    crm_customers.known_on,
    crm_emails.known_on as email_known_on
from buyers
left join parties on buyers.buyer_key = parties.record_key
left join crm_customers on parties.customer_id = crm_customers.customer_id
left join crm_emails on parties.email = crm_emails.email
