{%- set whole_share = 1000000 -%}

with

touches as (
    select * from {{ ref('int_order_touches') }}
),

campaigns as (
    select * from {{ ref('int_attribution_touches') }}
),

weighed as (
    {%- for attribution_model, weight in attribution_models().items() %}
    select
        touches.*,
        '{{ attribution_model }}' as attribution_model,
        cast({{ weight }} as bigint) as weight
    from touches
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

totals as (
    select
        weighed.*,
        cast(sum(weight) over (partition by order_id, attribution_model) as bigint) as total,
        cast(cast(abs(net_amount_reporting) as numeric(28, 4)) * 10000 as bigint) as units
    from weighed
    where weight > 0
),

-- Rounded down first; what is left of an order goes to the largest remainders, one unit each.
rounded as (
    select
        totals.*,
        {{ units_down('units', 'weight', 'total') }} as amount_units,
        {{ units_rest('units', 'weight', 'total') }} as amount_rest,
        {{ units_down(whole_share, 'weight', 'total') }} as share_units,
        {{ units_rest(whole_share, 'weight', 'total') }} as share_rest
    from totals
),

ranked as (
    select
        rounded.*,
        units - sum(amount_units) over (partition by order_id, attribution_model) as amount_left,
        {{ whole_share }} - sum(share_units) over (partition by order_id, attribution_model)
            as share_left,
        row_number() over (
            partition by order_id, attribution_model order by amount_rest desc, touch_number asc
        ) as amount_rank,
        row_number() over (
            partition by order_id, attribution_model order by share_rest desc, touch_number asc
        ) as share_rank
    from rounded
),

shared as (
    select
        ranked.*,
        share_units + case when share_rank <= share_left then 1 else 0 end as shares,
        (amount_units + case when amount_rank <= amount_left then 1 else 0 end)
        * case when net_amount_reporting < 0 then -1 else 1 end as amounts
    from ranked
)

select
    shared.order_id || '|' || shared.attribution_model || '|' || cast(shared.touch_number as text)
        as attribution_id,
    shared.order_id,
    shared.attribution_model,
    shared.touch_id,
    shared.customer_id,
    shared.order_date,
    shared.is_first_order,
    shared.touched_at,
    shared.channel,
    campaigns.campaign,
    shared.touch_number,
    shared.touches,
    shared.attribution_model = 'data_driven' and shared.is_data_driven as is_data_driven,
    cast(shared.shares * 0.000001 as numeric(9, 6)) as order_share,
    {{ money('shared.amounts * 0.0001') }} as amount_reporting
from shared
left join campaigns on shared.touch_id = campaigns.touch_id
