{%- set own = var('channel_rules') -%}
{%- set fields = ['utm_medium', 'utm_source', 'campaign', 'referrer_host'] -%}
{%- for rule in own
    if 'channel' not in rule or rule | length < 2 or rule | reject('in', fields + ['channel']) | list -%}
{{ exceptions.raise_compiler_error(
    'vars.channel_rules in company.yml: ' ~ rule ~ ' needs a channel and one or more of '
    ~ fields | join(', ') ~ ', and nothing else'
) }}
{%- endfor -%}

with

-- The company's own rules are tried first, in the order in which they stand in company.yml. Their
-- channels are written as those of spend and touches are.
rules as (
    {%- for rule in own %}
    select
        {{ loop.index - 1 - own | length }} as rule_order,
        {%- for field in fields %}
        {{ rule_text(rule.get(field)) }} as {{ field }},
        {%- endfor %}
        {{ rule_text(rule['channel'] | string | trim | lower) }} as channel
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
