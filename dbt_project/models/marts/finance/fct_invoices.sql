with

invoices as (
    select
        feed.*,
        {{ record_key('source_system', 'source_invoice_id') }} as invoice_id,
        {{ business_date('invoiced_at') }} as invoice_date,
        {{ business_date('due_at') }} as due_date
    from {{ ref('int_invoices_unioned') }} as feed
    where {{ before_as_of('invoiced_at') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

paid as (
    select
        invoice_id,
        sum(paid_reporting) as paid_amount,
        max(paid_date) as last_paid_date
    from {{ ref('int_invoice_payments') }}
    group by invoice_id
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

converted as (
    select
        invoices.*,
        parties.customer_id,
        {{ to_reporting('invoices.amount', 'invoices.currency', 'rates.rate') }}
            as amount_reporting,
        coalesce(paid.paid_amount, 0) as paid_amount,
        paid.last_paid_date
    from invoices
    left join rates
        on invoices.currency = rates.currency and invoices.invoice_date = rates.rate_date
    left join paid on invoices.invoice_id = paid.invoice_id
    left join parties
        on {{ record_key('invoices.source_system', 'invoices.source_customer_id') }}
            = parties.record_key
),

opened as (
    select
        converted.*,
        -- greatest() leaves out a null: without a rate nothing is known to be open.
        case
            when amount_reporting > paid_amount then amount_reporting - paid_amount
            when amount_reporting is not null then 0
        end as open_amount,
        case
            when due_date < {{ as_of_date() }} then {{ days_between('due_date', as_of_date()) }}
            when due_date is not null then 0
        end as days_past_due
    from converted
)

select
    invoice_id,
    customer_id,
    source_system,
    {{ record_key('source_system', 'source_order_id') }} as order_id,
    invoiced_at,
    invoice_date,
    due_date,
    currency,
    amount,
    amount_reporting,
    {{ money('paid_amount') }} as paid_amount_reporting,
    {{ money('open_amount') }} as open_amount_reporting,
    last_paid_date,
    cast(case when open_amount > 0 then days_past_due end as integer) as overdue_days,
    case
        when open_amount is null then 'no rate'
        when open_amount = 0 then 'paid'
        when due_date is null then 'no due date'
        when days_past_due = 0 then 'not due'
        when days_past_due <= 30 then '1-30 days'
        when days_past_due <= 60 then '31-60 days'
        when days_past_due <= 90 then '61-90 days'
        when days_past_due > 90 then 'over 90 days'
    end as age
from opened
