with

leads as (
    select
        source_system,
        record_id as source_lead_id,
        record_id as source_contact_id,
        created_at as lead_at,
        case when lead_source = 'phone inquiry' then 'message' else 'form' end as lead_kind
    from {{ ref('stg_salesforce__leads') }}
    where not {{ is_one_of('lead_source', var('salesforce_bought_lead_sources')) }}
),

inbound_messages as (
    select
        source_system,
        source_activity_id as source_lead_id,
        source_contact_id,
        activity_at as lead_at,
        'message' as lead_kind
    from {{ ref('int_salesforce_activities_unioned') }}
    where not is_outbound
),

deals_created as (
    select
        source_system,
        source_deal_id as source_lead_id,
        source_contact_id,
        created_at as lead_at,
        'deal' as lead_kind
    from {{ ref('int_salesforce_deals_described') }}
)

select * from leads
union all
select * from inbound_messages
union all
select * from deals_created
