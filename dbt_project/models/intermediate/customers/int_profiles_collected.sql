with

parties as (
    select * from {{ ref('int_parties_identified') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
    where not is_bot and not is_stitched
),

customers as (
    select
        customer_id,
        case when bool_or(party_kind = 'account') then 'account' else 'person' end as profile_kind,
        bool_or(source_role = 'crm') as has_crm_record,
        bool_or(source_role = 'erp') as has_erp_record,
        bool_or(source_role = 'web') as has_web_record,
        count(*) as records,
        count(distinct case when party_kind = 'person' then person_id end) as people,
        min(created_at) as first_seen_at
    from parties
    group by customer_id
),

devices as (
    select
        customer_id,
        'device' as profile_kind,
        false as has_crm_record,
        false as has_erp_record,
        true as has_web_record,
        cast(0 as bigint) as records,
        cast(0 as bigint) as people,
        min(started_at) as first_seen_at
    from sessions
    group by customer_id
)

select * from customers
union all
select * from devices
