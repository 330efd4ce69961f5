{%- set whole_share = 1000000 -%}
{%- set takes_all = {
    'first_touch': 'touch_number = 1', 'last_touch': 'touch_number = touches'
} -%}

with

order_touches as (
    select * from {{ ref('int_order_touches') }}
),

campaigns as (
    select * from {{ ref('int_attribution_touches') }}
),

touches as (
    select order_touches.*, campaigns.campaign
    from order_touches
    left join campaigns on order_touches.touch_id = campaigns.touch_id
),

-- Most orders have one touch, and two models ask for one only: it gets all.
whole as (
    {%- for attribution_model in attribution_models() %}
    select
        touches.*,
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

several as (
    select
        order_id,
        touch_number,
        touches,
        data_driven_weight,
        net_amount_reporting,
        cast(cast(abs(net_amount_reporting) as numeric(28, 4)) * 10000 as bigint) as units
    from touches
    where touches > 1
),

weighed as (
    {%- for attribution_model, weight in attribution_weights().items() %}
    select
        order_id,
        touch_number,
        net_amount_reporting,
        units,
        '{{ attribution_model }}' as attribution_model,
        cast({{ weight }} as bigint) as weight
    from several
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

totals as (
    select
        weighed.*,
        cast(sum(weight) over (partition by order_id, attribution_model) as bigint) as total
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
    select
        touches.*,
        shared.attribution_model,
        shared.order_share,
        shared.amount_reporting
    from shared
    inner join touches
        on shared.order_id = touches.order_id and shared.touch_number = touches.touch_number
)

select
    order_id || '|' || attribution_model || '|' || cast(touch_number as text) as attribution_id,
    order_id,
    attribution_model,
    touch_id,
    customer_id,
    order_date,
    is_first_order,
    touched_at,
    channel,
    campaign,
    touch_number,
    case when touch_id is null then 0 else touches end as touches,
    attribution_model = 'data_driven' and is_data_driven as is_data_driven,
    order_share,
    amount_reporting
from attributed
