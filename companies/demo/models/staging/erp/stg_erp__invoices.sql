with

invoices as (
    select * from {{ latest_version(source('erp', 'invoices'), ['invoice_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    invoice_no as source_invoice_id,
    order_no as source_order_id,
    customer_no as source_customer_id,
    invoiced_at,
    due_at,
    {{ money('amount') }} as amount,
    upper(currency) as currency
from invoices
where {{ before_as_of('invoiced_at') }}
