with open_deals as (
    select
        customer_id,
        sum(amount_reporting) as amount
    from fct_deals
    where is_open
    group by customer_id
)

select
    customers.customer_id,
    coalesce(customers.full_name, customers.company_name, customers.customer_id) as who,
    case
        when customers.full_name <> customers.company_name then customers.company_name
    end as company_name,
    coalesce(open_deals.amount, 0) as amount,
    customers.stage_since,
    customers.owner_name,
    customers.record_url
from dim_customers as customers
left join open_deals on customers.customer_id = open_deals.customer_id
where customers.stage = 'intending' and not customers.is_anonymous
order by amount desc, customers.stage_since desc, customers.customer_id asc
