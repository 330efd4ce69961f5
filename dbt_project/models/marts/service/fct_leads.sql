with

leads as (
    select * from {{ ref('int_leads_answered') }}
),

conversions as (
    select
        leads.lead_id,
        count(*) as orders
    from leads
    inner join {{ ref('fct_orders') }} as orders
        on leads.customer_id = orders.customer_id
            and orders.ordered_at > leads.lead_at
            and orders.ordered_at
            <= {{ add_time('leads.lead_at', var('lead_conversion_days'), 'day') }}
    group by leads.lead_id
)

select
    leads.lead_id,
    leads.customer_id,
    leads.person_id,
    leads.source_system,
    leads.lead_kind,
    leads.lead_at,
    {{ business_date('leads.lead_at') }} as lead_date,
    leads.first_response_at,
    {{ hours_between('leads.lead_at', 'leads.first_response_at') }} as response_hours,
    coalesce(
        leads.first_response_at
        <= {{ add_time('leads.lead_at', var('lead_response_hours'), 'hour') }},
        false
    ) as is_answered_in_72h,
    {{ add_time('leads.lead_at', var('lead_response_hours'), 'hour') }} <= {{ as_of() }}
        as is_old_enough,
    {{ add_time('leads.lead_at', var('lead_conversion_days'), 'day') }} <= {{ as_of() }}
        as is_conversion_known,
    conversions.orders is not null as converted_in_30_days
from leads
left join conversions on leads.lead_id = conversions.lead_id
