with

rules as (
    select * from {{ ref('int_channel_rules') }}
),

sessions as (
    select distinct utm_medium, utm_source, utm_campaign, first_referrer
    from {{ ref('int_sessions_summarised') }}
),

origins as (
    select
        utm_medium,
        utm_source,
        lower(utm_campaign) as campaign,
        {{ address_host('first_referrer') }} as referrer_host
    from sessions
    union
    select
        cast(null as text),
        cast(null as text),
        lower(campaign_name),
        cast(null as text)
    from {{ ref('fct_campaign_members') }}
),

matched as (
    select
        origins.*,
        rules.channel,
        row_number() over (
            partition by
                origins.utm_medium, origins.utm_source, origins.campaign, origins.referrer_host
            order by rules.rule_order
        ) as match_number
    from origins
    left join rules
        on
            {{ matches_column('origins.utm_medium', 'rules.utm_medium') }}
            and {{ matches_column('origins.utm_source', 'rules.utm_source') }}
            and {{ matches_column('origins.campaign', 'rules.campaign') }}
            and {{ matches_column('origins.referrer_host', 'rules.referrer_host') }}
)

select
    {{ channel_origin('utm_medium', 'utm_source', 'campaign', 'referrer_host') }} as origin_key,
    utm_medium,
    utm_source,
    campaign,
    referrer_host,
    channel
from matched
where match_number = 1
