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

-- Tags are what any address says: those that run together to one key are one origin.
keyed as (
    select
        origins.*,
        {{ channel_origin('utm_medium', 'utm_source', 'campaign', 'referrer_host') }} as origin_key
    from origins
),

matched as (
    select
        keyed.*,
        rules.channel,
        row_number() over (
            partition by keyed.origin_key order by rules.rule_order
        ) as match_number
    from keyed
    left join rules
        on
            {{ matches_column('keyed.utm_medium', 'rules.utm_medium') }}
            and {{ matches_column('keyed.utm_source', 'rules.utm_source') }}
            and {{ matches_column('keyed.campaign', 'rules.campaign') }}
            and {{ matches_column('keyed.referrer_host', 'rules.referrer_host') }}
)

select
    origin_key,
    utm_medium,
    utm_source,
    campaign,
    referrer_host,
    channel
from matched
where match_number = 1
