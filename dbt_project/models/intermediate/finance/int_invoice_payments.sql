with

payments as (
    select
        feed.*,
        {{ record_key('source_system', 'source_invoice_id') }} as invoice_id,
        {{ business_date('paid_at') }} as paid_date
    from {{ ref('int_payments_unioned') }} as feed
    where {{ before_as_of('paid_at') }}
),

invoices as (
    select
        {{ record_key('source_system', 'source_invoice_id') }} as invoice_id,
        {{ business_date('invoiced_at') }} as invoice_date,
        amount,
        currency
    from {{ ref('int_invoices_unioned') }}
    where {{ before_as_of('invoiced_at') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

-- At the rate of the invoice: what is paid in full leaves nothing open, whatever the rate does.
converted as (
    select
        payments.source_payment_id,
        payments.invoice_id,
        payments.paid_date,
        payments.currency,
        payments.amount,
        {{ to_reporting('invoices.amount', 'invoices.currency', 'invoice_rates.rate') }}
            as invoice_amount,
        case
            when payments.currency = '{{ var("reporting_currency") }}' then payments.amount
            else {{ product('payments.amount', 'payment_rates.rate') }}
        end as payment_amount
    from payments
    inner join invoices on payments.invoice_id = invoices.invoice_id
    left join rates as invoice_rates
        on
            invoices.currency = invoice_rates.currency
            and invoices.invoice_date = invoice_rates.rate_date
    left join rates as payment_rates
        on
            payments.currency = payment_rates.currency
            and invoices.invoice_date = payment_rates.rate_date
),

summed as (
    select
        converted.*,
        sum(payment_amount) over (
            partition by invoice_id
            order by paid_date, {{ by_bytes('source_payment_id') }}
            rows between unbounded preceding and current row
        ) as paid_so_far
    from converted
    where payment_amount is not null
)

-- What is paid beyond the invoice settles no other one. Rounded is the sum, as the invoice is:
-- instalments rounded each would leave a ten-thousandth open for ever.
select
    invoice_id,
    source_payment_id,
    paid_date,
    currency,
    amount,
    {{ money('least(' ~ exact_money('paid_so_far') ~ ', invoice_amount)
        - least(' ~ exact_money('paid_so_far - payment_amount') ~ ', invoice_amount)') }}
        as paid_reporting
from summed
