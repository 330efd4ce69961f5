with windows as (
    select * from {{ kpi_windows() }} as windows
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

crm_customers as (
    select
        customer_id,
        min(coalesce({{ business_date('created_at') }}, {{ first_day_ever() }})) as known_on
    from parties
    where source_role = 'crm'
    group by customer_id
),

-- Buyers as the ERP numbers them.
buyers as (
    select
        {{ record_key('source_system', 'source_customer_id') }} as record_key,
        min(order_date) as first_order_date
    from {{ ref('int_orders_placed') }}
    where is_order and source_customer_id is not null
    group by {{ record_key('source_system', 'source_customer_id') }}
),

matched as (
    select buyers.first_order_date, crm_customers.known_on
    from buyers
    left join parties on buyers.record_key = parties.record_key
    left join crm_customers on parties.customer_id = crm_customers.customer_id
),

-- Where there is no CRM there is nothing to match with.
counted as (
    select
        windows.window_id,
        sum(case when matched.known_on < windows.window_end then 1 else 0 end) as numerator,
        case when exists (select 1 from crm_customers) then count(*) end as denominator
    from windows
    inner join matched on matched.first_order_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}
