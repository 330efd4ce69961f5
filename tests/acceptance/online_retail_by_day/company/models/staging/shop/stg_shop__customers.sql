with

invoice_lines as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by
                invoiced_at desc,
                {{ by_bytes('invoice_no') }} desc,
                {{ by_bytes('line_id') }} desc
        ) as line_number
    from {{ ref('stg_shop__invoice_lines') }}
    where customer_id is not null
        and {{ before_as_of('invoiced_at') }}
)

-- A customer is an invoiced account without a name; the country is that of the latest invoice.
select
    'shop' as source_system,
    'erp' as source_role,
    customer_id as record_id,
    'account' as party_kind,
    cast(null as text) as first_name,
    cast(null as text) as last_name,
    cast(null as text) as full_name,
    cast(null as text) as company_name,
    cast(null as text) as email,
    cast(null as text) as phone,
    cast(null as text) as street,
    cast(null as text) as city,
    cast(null as text) as postal_code,
    country_code,
    cast(null as date) as birth_date,
    cast(null as text) as cross_reference,
    cast(null as text) as acquisition_channel,
    cast(null as text) as owner_name,
    cast(null as text) as record_url,
    cast(null as timestamp) as created_at,
    invoiced_at as updated_at
from invoice_lines
where line_number = 1
