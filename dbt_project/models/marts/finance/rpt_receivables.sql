{%- set ages = [
    'not due', '1-30 days', '31-60 days', '61-90 days', 'over 90 days', 'no due date',
] -%}

with invoices as (
    select * from {{ ref('fct_invoices') }}
    where age not in ('paid', 'no rate')
),

ages as (
    {%- for age in ages %}
    select '{{ age }}' as age, {{ loop.index }} as age_order
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

-- Without any invoice nothing is known of what is owed.
select
    cast(ages.age as text) as age,
    cast(ages.age_order as integer) as age_order,
    ages.age_order between 2 and 5 as is_overdue,
    count(invoices.invoice_id) as invoices,
    count(distinct invoices.customer_id) as customers,
    {{ money('coalesce(sum(invoices.open_amount_reporting), 0)') }} as open_amount_reporting
from ages
left join invoices on ages.age = invoices.age
where exists (select 1 from {{ ref('fct_invoices') }})
group by ages.age, ages.age_order
