with

invoice_lines as (
    select * from {{ ref('stg_tryton__invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_tryton__invoices') }}
),

sale_lines as (
    select * from {{ ref('stg_tryton__sale_lines') }}
),

currencies as (
    select * from {{ ref('stg_tryton__currencies') }}
)

select
    invoices.source_system,
    lines.invoice_line_id as source_return_id,
    sale_lines.source_order_id,
    sale_lines.source_line_id,
    invoices.source_customer_id,
    lines.source_product_id,
    invoices.invoiced_at as returned_at,
    -lines.quantity as quantity,
    case currencies.currency_digits
        when 0 then -round({{ product('lines.quantity', 'lines.unit_price') }}, 0)
        when 3 then -round({{ product('lines.quantity', 'lines.unit_price') }}, 3)
        else -round({{ product('lines.quantity', 'lines.unit_price') }}, 2)
    end as net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    currencies.currency,
    cast(null as text) as country_code,
    invoices.updated_at
from invoice_lines as lines
inner join invoices on lines.invoice_id = invoices.invoice_id
left join currencies on invoices.currency_id = currencies.currency_id
left join invoice_lines as credited on lines.credited_line_id = credited.invoice_line_id
left join sale_lines
    on
        coalesce(lines.source_line_id, credited.source_line_id) = sale_lines.source_line_id
        and sale_lines.quantity >= 0
where
    lines.quantity < 0
    and invoices.invoice_state in ('posted', 'paid')
    and {{ before_as_of('invoices.invoiced_at') }}
