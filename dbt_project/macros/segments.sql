{#-
Score 1 to 5 of each value of a column among the rows of one boundary, the best fifth being 5, and
how many rows the boundary has. Equal values share the score of the middle of their places, so that
nobody's score hangs on the order of rows: among values that all differ it is the ordinary fifth,
and one value for all is a 3.
-#}
{% macro fifths(relation, value, worst_first) -%}
    {%- set up_to = 'sum(count(*)) over (partition by facts_before order by ' ~ value ~ ' '
        ~ worst_first ~ ')' -%}
    {%- set everybody = 'sum(count(*)) over (partition by facts_before)' -%}
    select
        facts_before,
        {{ value }},
        cast({{ everybody }} as bigint) as customers,
        1 + cast(floor({{ ratio(
            '5 * (2 * ' ~ up_to ~ ' - count(*))', '2 * ' ~ everybody
        ) }}) as integer) as score
    from {{ relation }}
    group by facts_before, {{ value }}
{%- endmacro %}

{#- Steps from a search to a purchase, in the order of the funnel: event kind, word, in Chinese. -#}
{% macro journey_steps() %}
    {{ return([
        ('search', 'search', '搜索'),
        ('product_view', 'view', '浏览'),
        ('add_to_cart', 'cart', '加购'),
        ('checkout', 'checkout', '结算'),
        ('purchase', 'buy', '购买'),
    ]) }}
{% endmacro %}

{#- A path of steps in Chinese. -#}
{% macro path_zh(path) -%}
    {%- set ns = namespace(text=path) -%}
    {%- for kind, word, word_zh in journey_steps() -%}
    {%- set ns.text = "replace(" ~ ns.text ~ ", '" ~ word ~ "', '" ~ word_zh ~ "')" -%}
    {%- endfor -%}
    {{ ns.text }}
{%- endmacro %}

{#-
Relation of the loyalty tiers that the company names, the lowest first: tier, tier_rank from 1,
tier_name, tier_name_zh, min_revenue. Without any it has no rows.
-#}
{% macro loyalty_tiers() -%}
    (
    {%- for tier in var('loyalty_tiers') %}
        select
            '{{ tier.tier | replace("'", "''") }}' as tier,
            {{ loop.index }} as tier_rank,
            '{{ tier.name | default(tier.tier) | replace("'", "''") }}' as tier_name,
            '{{ tier.name_zh | default(tier.tier) | replace("'", "''") }}' as tier_name_zh,
            {{ money(tier.min_revenue) }} as min_revenue
        {%- if not loop.last %}
        union all
        {%- endif %}
    {%- else %}
        select
            cast(null as text) as tier,
            cast(null as integer) as tier_rank,
            cast(null as text) as tier_name,
            cast(null as text) as tier_name_zh,
            {{ money('null') }} as min_revenue
        where 1 = 0
    {%- endfor %}
    )
{%- endmacro %}

{#- The segmentations of this company: tiers only where it has them. -#}
{% macro segmentations() %}
    {%- set found = ['rfm', 'behaviour_path', 'device', 'cluster', 'value_tier'] -%}
    {%- if var('feeds', {}).get('loyalty_accounts') -%}
    {%- do found.append('loyalty_tier') -%}
    {%- endif -%}
    {%- if var('loyalty_tiers') -%}
    {%- do found.append('earned_tier') -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}
