with windows as (
    select * from {{ kpi_windows() }} as windows
),

invoices as (
    select * from {{ ref('fct_invoices') }}
    where due_date < {{ as_of_date() }}
),

-- Day by day what falls overdue and what of it is paid: an invoice is overdue after its due day.
changes as (
    select due_date as day, amount_reporting as amount, 1 as fallen_due
    from invoices
    union all
    select greatest(payments.paid_date, invoices.due_date), -payments.paid_reporting, 0
    from {{ ref('int_invoice_payments') }} as payments
    inner join invoices on payments.invoice_id = invoices.invoice_id
),

days as (
    select day, sum(amount) as amount, sum(fallen_due) as fallen_due
    from changes
    group by day
),

counted as (
    select
        windows.window_id,
        'all' as segment_kind,
        'all' as segment,
        coalesce(sum(days.amount), 0) as overdue,
        coalesce(sum(days.fallen_due), 0) as fallen_due
    from windows
    left join days on days.day < windows.window_end
    where exists (select 1 from {{ ref('fct_invoices') }})
    group by windows.window_id
)

{{ kpi_sum('counted', 'overdue', base='fallen_due') }}
