with

profiles as (
    select * from {{ ref('int_profiles_collected') }}
),

golden as (
    select * from {{ ref('int_customers_survived') }}
),

stages as (
    select * from {{ ref('int_customer_stages_current') }}
),

frameworks as (
    select * from {{ ref('dim_lifecycle_stages') }}
),

revenue as (
    select
        customer_id,
        sum(net_amount_reporting) as net_revenue_reporting,
        sum(cost_amount_reporting) as cost_reporting,
        count(*) filter (where cost_amount_reporting is null) as lines_without_cost
    from {{ ref('int_order_lines_converted') }}
    where customer_id is not null
    group by customer_id
),

described as (
    select
        profiles.*,
        profiles.profile_kind = 'device' as is_anonymous,
        golden.full_name,
        golden.first_name,
        golden.last_name,
        golden.company_name,
        golden.email,
        golden.phone,
        golden.city,
        golden.postal_code,
        golden.country_code,
        golden.birth_date,
        golden.golden_record_key,
        golden.name_source,
        golden.company_name_source,
        golden.email_source,
        golden.phone_source,
        golden.address_source,
        golden.birth_date_source,
        golden.acquisition_channel_source,
        golden.acquisition_channel,
        golden.owner_name,
        golden.record_url,
        case when profiles.profile_kind = 'account' then 5 else 6 end as attributes_wanted,
        case when golden.full_name is not null then 1 else 0 end
        + case when golden.email is not null then 1 else 0 end
        + case when golden.phone is not null then 1 else 0 end
        + case when golden.city is not null then 1 else 0 end
        + case when golden.country_code is not null then 1 else 0 end
        + case
            when profiles.profile_kind <> 'account' and golden.birth_date is not null then 1
            else 0
        end as attributes_known
    from profiles
    left join golden on profiles.customer_id = golden.customer_id
)

select
    described.customer_id,
    described.profile_kind,
    coalesce(stages.orders, 0) > 0 as is_customer,
    described.is_anonymous,
    described.full_name,
    described.first_name,
    described.last_name,
    described.company_name,
    described.email,
    described.phone,
    described.city,
    described.postal_code,
    described.country_code,
    described.birth_date,
    described.golden_record_key,
    described.name_source,
    described.company_name_source,
    described.email_source,
    described.phone_source,
    described.address_source,
    described.birth_date_source,
    described.acquisition_channel_source,
    described.acquisition_channel,
    described.owner_name,
    described.record_url,
    described.has_crm_record,
    described.has_erp_record,
    described.has_web_record,
    described.records,
    {{ known_by_as_of('described.first_seen_at') }} as first_seen_at,
    stages.first_order_date,
    stages.last_order_date,
    cast(coalesce(stages.orders, 0) as bigint) as orders,
    cast(coalesce(stages.order_days, 0) as bigint) as order_days,
    {{ money('coalesce(revenue.net_revenue_reporting, 0)') }} as net_revenue_reporting,
    {{ money('case
        when revenue.customer_id is null then 0
        when revenue.lines_without_cost = 0
            then revenue.net_revenue_reporting - revenue.cost_reporting
    end') }} as margin_reporting,
    cast(stages.expected_gap_days as double precision) as expected_gap_days,
    cast(stages.recency_days as bigint) as recency_days,
    cast(stages.overdue as double precision) as overdue,
    stages.stage,
    stages.stage_since,
    stages.previous_stage,
    stages.stage_reason,
    coalesce(stages.has_open_intent, false) as has_open_intent,
    frameworks.stage_six,
    frameworks.stage_five,
    frameworks.stage_four,
    100 * {{ ratio('described.attributes_known', 'described.attributes_wanted') }}
        as completeness_pct
from described
left join stages on described.customer_id = stages.customer_id
left join frameworks on stages.stage = frameworks.stage
left join revenue on described.customer_id = revenue.customer_id
