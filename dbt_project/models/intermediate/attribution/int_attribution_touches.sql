with

touchpoints as (
    select
        touchpoint_id,
        customer_id,
        touched_at,
        channel,
        touchpoint_kind,
        is_answered_outreach
    from {{ ref('fct_touchpoints') }}
),

sessions as (
    select session_id, utm_campaign from {{ ref('fct_sessions') }}
),

members as (
    select * from {{ ref('fct_campaign_members') }}
),

origins as (
    select * from {{ ref('int_channel_origins') }}
),

visits as (
    select
        touchpoints.touchpoint_id,
        touchpoints.customer_id,
        touchpoints.touched_at,
        touchpoints.channel,
        sessions.utm_campaign as campaign
    from touchpoints
    inner join sessions on touchpoints.touchpoint_id = 'session|' || sessions.session_id
    where touchpoints.touchpoint_kind = 'session'
),

campaigns as (
    select
        touchpoints.touchpoint_id,
        touchpoints.customer_id,
        touchpoints.touched_at,
        coalesce(origins.channel, 'campaign') as channel,
        members.campaign_name as campaign
    from touchpoints
    inner join members on touchpoints.touchpoint_id = 'campaign|' || members.campaign_member_id
    left join origins
        on
            {{ channel_origin('null', 'null', 'lower(members.campaign_name)', 'null') }}
            = origins.origin_key
    where touchpoints.touchpoint_kind = 'campaign'
),

-- Talking with sales is a touch; a call that nobody took is none.
outreach as (
    select
        touchpoint_id,
        customer_id,
        touched_at,
        'sales' as channel,
        cast(null as text) as campaign
    from touchpoints
    where is_answered_outreach
),

others as (
    select
        touchpoint_id,
        customer_id,
        touched_at,
        coalesce({{ clean_text('lower(channel)') }}, 'other_campaign') as channel,
        cast(null as text) as campaign
    from touchpoints
    where touchpoint_id like 'touchpoint|%'
),

touches as (
    select * from visits
    union all
    select * from campaigns
    union all
    select * from others
    {%- if var('attribution_counts_sales') %}
    union all
    select * from outreach
    {%- endif %}
)

select
    touchpoint_id as touch_id,
    customer_id,
    touched_at,
    channel,
    campaign
from touches
where channel <> 'direct'
