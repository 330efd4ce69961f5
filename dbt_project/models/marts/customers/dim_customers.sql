with

profiles as (
    select * from {{ ref('int_profiles_collected') }}
),

golden as (
    {{ survived_profiles('customer', 'customer_id') }}
),

stages as (
    select * from {{ ref('int_customer_stages_current') }}
),

frameworks as (
    select * from {{ ref('dim_lifecycle_stages') }}
),

predicted as (
    select * from {{ ref('stg_rapport__value_customers') }}
),

revenue as (
    select
        customer_id,
        sum(net_amount_reporting) as net_revenue_reporting,
        sum(cost_amount_reporting) as cost_reporting,
        count(*) filter (where cost_amount_reporting is null) as lines_without_cost
    from {{ ref('fct_order_lines') }}
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
        golden.tax_id,
        golden.email,
        golden.phone,
        golden.street,
        golden.city,
        golden.postal_code,
        golden.region,
        golden.country_code,
        golden.birth_date,
        golden.golden_record_key,
        {%- for attribute, columns, value, is_personal in profile_attributes() %}
        golden.{{ attribute }}_source,
        {%- endfor %}
        golden.acquisition_channel,
        golden.owner_name,
        golden.record_url
    from profiles
    left join golden on profiles.customer_id = golden.customer_id
)

select
    described.customer_id,
    described.profile_kind,
    case when described.profile_kind <> 'device' then described.profile_kind end as customer_kind,
    coalesce(stages.orders, 0) > 0 as is_customer,
    described.is_anonymous,
    described.full_name,
    described.first_name,
    described.last_name,
    described.company_name,
    described.tax_id,
    described.email,
    described.phone,
    described.street,
    described.city,
    described.postal_code,
    described.region,
    described.country_code,
    described.birth_date,
    described.golden_record_key,
    {%- for attribute, columns, value, is_personal in profile_attributes() %}
    described.{{ attribute }}_source,
    {%- endfor %}
    described.acquisition_channel,
    described.owner_name,
    described.record_url,
    described.has_crm_record,
    described.has_erp_record,
    described.has_web_record,
    described.records,
    described.people,
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
    predicted.alive_probability,
    predicted.value_12_months,
    predicted.value_12_months_low,
    predicted.value_12_months_high,
    predicted.value_tier,
    predicted.next_category,
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
    {{ completeness_pct('described.profile_kind') }} as completeness_pct
from described
left join stages on described.customer_id = stages.customer_id
left join frameworks on stages.stage = frameworks.stage
left join revenue on described.customer_id = revenue.customer_id
left join predicted on described.customer_id = predicted.customer_id
