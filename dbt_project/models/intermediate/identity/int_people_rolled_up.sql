with

records as (
    select * from {{ ref('int_identity_records') }}
),

record_customers as (
    select * from {{ ref('stg_rapport__record_customers') }}
),

ordering as (
    select distinct {{ record_key('source_system', 'source_customer_id') }} as record_key
    from {{ ref('int_orders_unioned') }}
    where {{ before_as_of('ordered_at') }} and not coalesce(is_quote, false)
),

identified as (
    select
        record_customers.record_key,
        record_customers.customer_id as person_id,
        record_customers.account_id,
        records.account_reference,
        records.updated_at,
        records.party_kind = 'account' as is_account,
        ordering.record_key is not null as has_ordered,
        ordering.record_key is not null or records.source_role = 'erp' as is_invoiced
    from record_customers
    inner join records on record_customers.record_key = records.record_key
    left join ordering on record_customers.record_key = ordering.record_key
),

people as (
    select
        person_id,
        bool_or(is_account) as is_account,
        bool_or(has_ordered) as has_ordered,
        bool_or(is_invoiced) as is_invoiced
    from identified
    group by person_id
),

-- Somebody who changed companies belongs to the one that the latest record names.
memberships as (
    select
        person_id,
        account_id,
        row_number() over (
            partition by person_id
            order by updated_at desc nulls last, {{ by_bytes('record_key') }} asc
        ) as newest_rank
    from identified
    where account_id <> person_id
),

-- A company that the CRM keeps beside the ERP's account: where one invoiced account stands among
-- the company's own people, it is the same.
invoiced_as as (
    select
        companies.person_id as account_id,
        min({{ by_bytes('buyers.person_id') }}) as customer_id
    from identified
    inner join people as buyers
        on identified.person_id = buyers.person_id and buyers.is_account and buyers.is_invoiced
    inner join identified as companies_named
        on identified.account_reference = companies_named.record_key
    inner join people as companies
        on
            companies_named.person_id = companies.person_id
            and companies.is_account
            and not companies.is_invoiced
    group by companies.person_id
    having count(distinct buyers.person_id) = 1
)

select
    people.person_id,
    case
        when people.has_ordered then people.person_id
        when people.is_account then coalesce(invoiced_themselves_as.customer_id, people.person_id)
        else coalesce(invoiced_as.customer_id, memberships.account_id, people.person_id)
    end as customer_id,
    case
        when people.is_account then coalesce(invoiced_themselves_as.customer_id, people.person_id)
        else coalesce(invoiced_as.customer_id, memberships.account_id)
    end as account_id,
    people.is_account
from people
left join memberships
    on people.person_id = memberships.person_id and memberships.newest_rank = 1
left join invoiced_as on memberships.account_id = invoiced_as.account_id
left join invoiced_as as invoiced_themselves_as
    on people.person_id = invoiced_themselves_as.account_id
