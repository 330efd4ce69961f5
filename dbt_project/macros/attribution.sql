{#- Pieces of the attribution models. -#}

{#- Host of an address, without user and port; text without a scheme counts as one. -#}
{% macro address_host(address) -%}
    {{ first_match(address, '^(?:(?:[a-z0-9+.-]+:)?//)?(?:[^/@]*@)?([^/:?#]+)') }}
{%- endmacro %}

{#- A value of a rule in company.yml as a literal; an absent one asks nothing. -#}
{% macro rule_text(value) -%}
    {%- if value is none -%}
    cast(null as text)
    {%- else -%}
    cast('{{ value | string | replace("'", "''") }}' as text)
    {%- endif -%}
{%- endmacro %}

{#-
What a part gets of a whole number of units, rounded down: units * weight / total. Taken apart so
that no product passes 18 digits: units can be billions in ten-thousandths, weight and total stay
below 10^9.
-#}
{% macro units_down(units, weight, total) -%}
    ({{ whole_quotient(units, total) }} * {{ weight }}
    + {{ whole_quotient('((' ~ units ~ ') % ' ~ total ~ ') * ' ~ weight, total) }})
{%- endmacro %}

{#- What rounding down has left of it, in parts of `total`. -#}
{% macro units_rest(units, weight, total) -%}
    (((({{ units }}) % {{ total }}) * {{ weight }}) % {{ total }})
{%- endmacro %}

{% macro attribution_models() -%}
    {{ return(['first_touch', 'last_touch', 'linear', 'position_based', 'data_driven']) }}
{%- endmacro %}

{#-
Of the models that share an order: the weight of a touch among two and more. Of two touches each also
has half of what those between would have.
-#}
{% macro attribution_weights() -%}
    {%- set first, last = var('attribution_first_pct'), var('attribution_last_pct') -%}
    {%- set between = 100 - first - last -%}
    {%- if first < 0 or last < 0 or between < 0 -%}
        {{ exceptions.raise_compiler_error(
            'vars.attribution_first_pct and attribution_last_pct in company.yml are shares: none below '
            ~ '0, both together at most 100') }}
    {%- endif -%}
    {{ return({
        'linear': '1',
        'position_based': "case
            when touches = 2 and touch_number = 1 then " ~ (2 * first + between) ~ "
            when touches = 2 then " ~ (2 * last + between) ~ "
            when touch_number = 1 then " ~ first ~ " * (touches - 2)
            when touch_number = touches then " ~ last ~ " * (touches - 2)
            else " ~ between ~ "
        end",
        'data_driven': 'data_driven_weight',
    }) }}
{%- endmacro %}

{#- Key of where a session or campaign came from, as in int_channel_origins. -#}
{% macro channel_origin(utm_medium, utm_source, campaign, referrer_host) -%}
    {{ hash_key([utm_medium, utm_source, campaign, referrer_host]) }}
{%- endmacro %}

{#- Does an event lie within the attribution window after a touch? -#}
{% macro in_attribution_window(touched_at, event_at) -%}
    {{ event_at }} <= {{ add_time(touched_at, var('attribution_window_days'), 'day') }}
{%- endmacro %}

{#-
Over the channels, each attribution model gives away exactly what was sold and carries what was spent,
in each kind of period.
-#}
{% test adds_up_to_orders(model) %}
with

facts as (
    select
        count(*) as orders,
        count(*) filter (where is_first_order) as new_customers,
        coalesce(sum(net_amount_reporting), 0) as revenue,
        (select coalesce(sum(amount_reporting), 0) from {{ ref('fct_marketing_spend') }}) as spend
    from {{ ref('fct_orders') }}
),

given as (
    select
        period_kind,
        attribution_model,
        sum(orders) as orders,
        sum(new_customers) as new_customers,
        sum(revenue_reporting) as revenue,
        coalesce(sum(spend_reporting), 0) as spend
    from {{ model }}
    group by period_kind, attribution_model
)

select
    given.*,
    facts.orders as orders_placed,
    facts.new_customers as customers_won,
    facts.revenue as revenue_made,
    facts.spend as spent
from given
cross join facts
where
    given.orders <> facts.orders
    or given.new_customers <> facts.new_customers
    or given.revenue <> facts.revenue
    or given.spend <> facts.spend
{% endtest %}
