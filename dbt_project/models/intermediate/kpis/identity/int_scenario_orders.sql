with

scenarios as (
    select * from {{ ref('stg_rapport__scenario_customers') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

orders as (
    select order_id, buyer_key, customer_id, order_date
    from {{ ref('int_orders_placed') }}
    where is_order and customer_id is not null
),

-- Who loses or gains a record; nobody else's figures can change.
touched as (
    select scenarios.scenario, parties.customer_id
    from scenarios
    inner join parties on scenarios.record_key = parties.record_key
    union
    select scenario, customer_id
    from scenarios
),

touched_orders as (
    select touched.scenario, orders.*
    from touched
    inner join orders on touched.customer_id = orders.customer_id
)

select scenario, 'decided' as side, order_id, customer_id, order_date
from touched_orders
union all
select
    touched_orders.scenario,
    'scenario' as side,
    touched_orders.order_id,
    coalesce(scenarios.customer_id, touched_orders.customer_id) as customer_id,
    touched_orders.order_date
from touched_orders
left join scenarios
    on touched_orders.scenario = scenarios.scenario
        and touched_orders.buyer_key = scenarios.record_key
