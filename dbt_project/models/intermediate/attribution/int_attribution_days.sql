with

shares as (
    select * from {{ ref('fct_attributed_touches') }}
),

spend as (
    select * from {{ ref('int_spend_by_channel') }}
),

attributed as (
    select
        order_date as day,
        attribution_model,
        channel,
        sum(order_share) as orders,
        sum(case when is_first_order then order_share else 0 end) as new_customers,
        sum(amount_reporting) as revenue_reporting,
        sum(case when is_first_order then amount_reporting else 0 end)
            as new_customer_revenue_reporting,
        cast(0 as numeric(18, 4)) as spend_reporting
    from shares
    group by order_date, attribution_model, channel
),

-- What was spent on a day is set against what each model gives the channel on it.
spent as (
    {%- for attribution_model in attribution_models() %}
    select
        spend_date as day,
        '{{ attribution_model }}' as attribution_model,
        channel,
        0 as orders,
        0 as new_customers,
        0 as revenue_reporting,
        0 as new_customer_revenue_reporting,
        spend_reporting
    from spend
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

days as (
    select * from attributed
    union all
    select * from spent
)

select
    day,
    attribution_model,
    channel,
    cast(sum(orders) as numeric(18, 6)) as orders,
    cast(sum(new_customers) as numeric(18, 6)) as new_customers,
    {{ money('sum(revenue_reporting)') }} as revenue_reporting,
    {{ money('sum(new_customer_revenue_reporting)') }} as new_customer_revenue_reporting,
    {{ money('sum(spend_reporting)') }} as spend_reporting
from days
group by day, attribution_model, channel
