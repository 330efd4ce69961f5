with

sessions as (
    select
        'session|' || session_id as touchpoint_id,
        customer_id,
        person_id,
        started_at as touched_at,
        session_date as touch_date,
        channel,
        'session' as touchpoint_kind,
        true as is_inbound,
        carts > 0 or checkouts > 0 as is_intent,
        forms > 0 as is_form,
        product_views > 0 as is_product_view,
        false as is_answered_outreach,
        source_system
    from {{ ref('fct_sessions') }}
    where not is_bot
),

activities as (
    select
        'activity|' || activity_id as touchpoint_id,
        customer_id,
        person_id,
        activity_at as touched_at,
        {{ business_date('activity_at') }} as touch_date,
        activity_kind as channel,
        'activity' as touchpoint_kind,
        not is_outbound as is_inbound,
        false as is_intent,
        false as is_form,
        false as is_product_view,
        is_outbound and is_answered as is_answered_outreach,
        source_system
    from {{ ref('int_activities_identified') }}
),

-- Forms and sign-ups that a CRM tells of, whether or not a tracker saw them. What else makes a
-- lead, messages and deals, is among the activities and deals.
forms as (
    select
        'form|' || {{ record_key('leads.source_system', 'leads.source_lead_id') }}
            as touchpoint_id,
        parties.customer_id,
        parties.person_id,
        leads.lead_at as touched_at,
        {{ business_date('leads.lead_at') }} as touch_date,
        'form' as channel,
        'form' as touchpoint_kind,
        true as is_inbound,
        false as is_intent,
        true as is_form,
        false as is_product_view,
        false as is_answered_outreach,
        leads.source_system
    from {{ ref('int_leads_unioned') }} as leads
    inner join {{ ref('int_parties_identified') }} as parties
        on {{ record_key('leads.source_system', 'leads.source_contact_id') }} = parties.record_key
    where
        {{ before_as_of('leads.lead_at') }}
        and coalesce(leads.lead_kind, 'form') not in ('message', 'deal')
),

others as (
    select
        'deal|' || deal_id as touchpoint_id,
        customer_id,
        person_id,
        created_at as touched_at,
        created_date as touch_date,
        'sales' as channel,
        'deal' as touchpoint_kind,
        false as is_inbound,
        false as is_intent,
        source_system
    from {{ ref('fct_deals') }}
    union all
    select
        'ticket|' || ticket_id as touchpoint_id,
        customer_id,
        person_id,
        opened_at as touched_at,
        opened_date as touch_date,
        'service' as channel,
        'ticket' as touchpoint_kind,
        true as is_inbound,
        false as is_intent,
        source_system
    from {{ ref('fct_tickets') }}
    union all
    select
        'survey|' || answer_id as touchpoint_id,
        customer_id,
        person_id,
        answered_at as touched_at,
        answer_date as touch_date,
        'survey' as channel,
        'survey' as touchpoint_kind,
        true as is_inbound,
        false as is_intent,
        source_system
    from {{ ref('fct_survey_answers') }}
    union all
    select
        case when is_quote then 'quote|' else 'order|' end || order_id as touchpoint_id,
        customer_id,
        person_id,
        ordered_at as touched_at,
        order_date as touch_date,
        channel,
        case when is_quote then 'quote' else 'order' end as touchpoint_kind,
        true as is_inbound,
        is_quote as is_intent,
        source_system
    from {{ ref('int_orders_placed') }}
    where is_quote or is_order
    union all
    select
        'campaign|' || campaign_member_id as touchpoint_id,
        customer_id,
        person_id,
        joined_at as touched_at,
        joined_date as touch_date,
        'campaign' as channel,
        'campaign' as touchpoint_kind,
        false as is_inbound,
        false as is_intent,
        source_system
    from {{ ref('fct_campaign_members') }}
    where not is_control
    union all
    select
        'touchpoint|' || touchpoints.source_system || '|' || touchpoints.source_touchpoint_id
            as touchpoint_id,
        parties.customer_id,
        parties.person_id,
        touchpoints.touched_at,
        {{ business_date('touchpoints.touched_at') }} as touch_date,
        touchpoints.channel,
        touchpoints.kind as touchpoint_kind,
        true as is_inbound,
        false as is_intent,
        touchpoints.source_system
    from {{ ref('int_touchpoints_unioned') }} as touchpoints
    inner join {{ ref('int_parties_identified') }} as parties
        on touchpoints.record_key = parties.record_key
),

touchpoints as (
    select * from sessions
    union all
    select * from activities
    union all
    select * from forms
    union all
    select
        touchpoint_id,
        customer_id,
        person_id,
        touched_at,
        touch_date,
        channel,
        touchpoint_kind,
        is_inbound,
        is_intent,
        false as is_form,
        false as is_product_view,
        false as is_answered_outreach,
        source_system
    from others
)

select
    touchpoint_id,
    customer_id,
    person_id,
    touched_at,
    touch_date,
    channel,
    touchpoint_kind,
    is_inbound,
    is_intent,
    is_form,
    is_product_view,
    is_answered_outreach,
    source_system
from touchpoints
where customer_id is not null
