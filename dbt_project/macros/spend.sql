{#- The feed marketing_spend of one advertising platform. -#}
{% macro platform_costs(platform, channel) -%}
with

costs as (
    select * from {{ latest_version(source('spend', platform), ['spend_date', 'campaign']) }}
        as latest
)

select
    _source as source_system,
    spend_date,
    '{{ platform }}' as platform,
    '{{ channel }}' as channel,
    {{ clean_text('campaign') }} as campaign,
    upper(currency) as currency,
    {{ money('amount') }} as amount,
    impressions,
    clicks
from costs
where spend_date < {{ as_of_date() }}
{%- endmacro %}
