with

payments as (
    select * from {{ latest_version(source('erp', 'payments'), ['payment_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    payment_no as source_payment_id,
    invoice_no as source_invoice_id,
    paid_at,
    {{ money('amount') }} as amount,
    upper(currency) as currency
from payments
where {{ before_as_of('paid_at') }}
