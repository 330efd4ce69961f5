with

orders as (
    select * from {{ ref('int_order_conversions') }}
),

paths as (
    select
        customer_id,
        next_order_date,
        touch_id,
        touched_at,
        channel
    from {{ ref('int_touch_paths') }}
    where next_order_date is not null
),

effects as (
    select * from {{ ref('int_channel_effects') }}
    where is_sufficient
),

-- A channel that was not there when effects were measured is taken for an average one.
averages as (
    select
        month_start,
        {{ whole_quotient('cast(sum(effect) as bigint)', 'count(*)') }} as effect
    from effects
    group by month_start
),

-- A touch belongs to the orders of the next business day with an order, within the window.
matched as (
    select
        orders.order_id,
        paths.touch_id,
        paths.touched_at,
        paths.channel,
        row_number() over (
            partition by orders.order_id
            order by paths.touched_at, {{ by_bytes('paths.touch_id') }}
        ) as touch_number,
        count(*) over (partition by orders.order_id) as touches,
        count(*) over (partition by orders.order_id, paths.channel) as touches_of_channel,
        averages.month_start is not null as is_data_driven,
        coalesce(effects.effect, averages.effect) as effect,
        sum(coalesce(effects.effect, averages.effect, 0)) over (partition by orders.order_id) > 0
            as has_effects
    from orders
    inner join paths
        on
            orders.customer_id = paths.customer_id
            and orders.order_date = paths.next_order_date
            and orders.converted_at >= paths.touched_at
            and {{ in_attribution_window('paths.touched_at', 'orders.converted_at') }}
    left join averages on {{ period_start('month', 'orders.order_date') }} = averages.month_start
    left join effects
        on averages.month_start = effects.month_start and paths.channel = effects.channel
)

-- The effect of a channel is shared by its touches. Where no channel of the path has any, and where
-- effects are not known, all touches count alike.
select
    orders.order_id,
    orders.customer_id,
    orders.order_date,
    orders.is_first_order,
    orders.net_amount_reporting,
    matched.touch_id,
    matched.touched_at,
    coalesce(matched.channel, 'direct') as channel,
    coalesce(matched.touch_number, 1) as touch_number,
    coalesce(matched.touches, 1) as touches,
    coalesce(matched.is_data_driven, false) as is_data_driven,
    case
        when matched.has_effects and matched.effect = 0 then 0
        when matched.has_effects
            then greatest(
                    {{ whole_quotient('matched.effect * 1000', 'matched.touches_of_channel') }}, 1
                )
        else 1
    end as data_driven_weight
from orders
left join matched on orders.order_id = matched.order_id
