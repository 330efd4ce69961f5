{%- set whole_share = 1000000 -%}
{%- set takes_all = {
    'first_touch': 'touch_number = 1', 'last_touch': 'touch_number = touches'
} -%}

with

touches as (
    select * from {{ ref('int_order_touches') }}
),

campaigns as (
    select * from {{ ref('int_attribution_touches') }}
),

-- Most orders have one touch, and two models ask for one only: it gets all.
whole as (
    {%- for attribution_model in attribution_models() %}
    select
        order_id,
        touch_number,
        '{{ attribution_model }}' as attribution_model,
        cast(1 as numeric(9, 6)) as order_share,
        net_amount_reporting as amount_reporting
    from touches
    where {{ takes_all.get(attribution_model, 'touches = 1') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

weighed as (
    {%- for attribution_model, weight in attribution_weights().items() %}
    select
        order_id,
        touch_number,
        net_amount_reporting,
        '{{ attribution_model }}' as attribution_model,
        cast({{ weight }} as bigint) as weight
    from touches
    where touches > 1
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
        order_id,
        touch_number,
        attribution_model,
        cast(
            (share_units + case when share_rank <= share_left then 1 else 0 end) * 0.000001
            as numeric(9, 6)
        ) as order_share,
        {{ money('
            (amount_units + case when amount_rank <= amount_left then 1 else 0 end)
            * case when net_amount_reporting < 0 then -0.0001 else 0.0001 end
        ') }} as amount_reporting
    from ranked
),

attributed as (
    select * from whole
    union all
    select * from shared
)

select
    attributed.order_id || '|' || attributed.attribution_model
    || '|' || cast(attributed.touch_number as text) as attribution_id,
    attributed.order_id,
    attributed.attribution_model,
    touches.touch_id,
    touches.customer_id,
    touches.order_date,
    touches.is_first_order,
    touches.touched_at,
    touches.channel,
    campaigns.campaign,
    attributed.touch_number,
    touches.touches,
    attributed.attribution_model = 'data_driven' and touches.is_data_driven as is_data_driven,
    attributed.order_share,
    attributed.amount_reporting
from attributed
inner join touches
    on
        attributed.order_id = touches.order_id
        and attributed.touch_number = touches.touch_number
left join campaigns on touches.touch_id = campaigns.touch_id
