with

orders as (
    select * from {{ ref('int_orders_unioned') }}
    where {{ before_as_of('ordered_at') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

as_known as (
    select
        orders.*,
        -- A cancellation without its own time counts from the version that reports it.
        case
            when orders.status = 'cancelled' or orders.cancelled_at is not null
                then {{ known_by_as_of(
                    'coalesce(orders.cancelled_at, orders.updated_at, orders.ordered_at)'
                ) }}
        end as cancelled_by_as_of_at
    from orders
)

select
    {{ record_key('as_known.source_system', 'as_known.source_order_id') }} as order_id,
    {{ record_key('as_known.source_system', 'as_known.source_customer_id') }} as buyer_key,
    parties.customer_id,
    parties.person_id,
    as_known.source_system,
    as_known.source_order_id,
    as_known.ordered_at,
    {{ business_date('as_known.ordered_at') }} as order_date,
    as_known.cancelled_by_as_of_at as cancelled_at,
    as_known.cancelled_by_as_of_at is not null as is_cancelled,
    coalesce(as_known.is_quote, false) as is_quote,
    as_known.cancelled_by_as_of_at is null and not coalesce(as_known.is_quote, false) as is_order,
    case
        when as_known.is_quote and as_known.status = 'completed'
            then {{ known_by_as_of('coalesce(as_known.updated_at, as_known.ordered_at)') }}
    end as quote_completed_at,
    as_known.promised_at,
    {{ known_by_as_of('as_known.delivered_at') }} as delivered_at,
    as_known.currency,
    as_known.channel,
    as_known.store_id,
    as_known.country_code,
    as_known.freight_amount
from as_known
left join parties
    on {{ record_key('as_known.source_system', 'as_known.source_customer_id') }}
        = parties.record_key
