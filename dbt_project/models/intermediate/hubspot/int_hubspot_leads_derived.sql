with

first_forms as (
    select
        source_system,
        'form-' || record_id as source_lead_id,
        record_id as source_contact_id,
        first_conversion_at as lead_at,
        'form' as lead_kind
    from {{ ref('stg_hubspot__contacts') }}
    where first_conversion_at is not null
),

inbound_messages as (
    select
        source_system,
        'message-' || source_activity_id as source_lead_id,
        source_contact_id,
        activity_at as lead_at,
        'message' as lead_kind
    from {{ ref('int_hubspot_activities_unioned') }}
    where not is_outbound
),

deals_created as (
    select
        source_system,
        'deal-' || source_deal_id as source_lead_id,
        source_contact_id,
        created_at as lead_at,
        'deal' as lead_kind
    from {{ ref('int_hubspot_deals_described') }}
)

select * from first_forms
union all
select * from inbound_messages
union all
select * from deals_created
