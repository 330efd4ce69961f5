{%- set own = var('channel_rules') -%}

with

-- The company's own rules are tried first, in the order in which they stand in company.yml.
rules as (
    {%- for rule in own %}
    select
        {{ loop.index - 1 - own | length }} as rule_order,
        {%- for field in ['utm_medium', 'utm_source', 'campaign', 'referrer_host'] %}
        {{ rule_text(rule.get(field)) }} as {{ field }},
        {%- endfor %}
        {{ rule_text(rule['channel']) }} as channel
    union all
    {%- endfor %}
    select
        rule_order,
        utm_medium,
        utm_source,
        campaign,
        referrer_host,
        channel
    from {{ ref('channel_rules') }}
)

select * from rules
