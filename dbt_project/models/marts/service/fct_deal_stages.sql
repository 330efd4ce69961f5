with

stages as (
    select * from {{ ref('int_deal_stages_dated') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
)

select
    stages.deal_id || '|' || cast(stages.stage_number as text) as deal_stage_id,
    stages.deal_id,
    deals.customer_id,
    stages.source_system,
    stages.stage_number,
    stages.stage_name,
    stages.entered_at,
    {{ business_date('stages.entered_at') }} as entered_date,
    stages.left_at,
    stages.is_current,
    stages.is_closed,
    stages.is_won,
    {{ ratio(
        hours_between('stages.entered_at', 'coalesce(stages.left_at, ' ~ as_of() ~ ')'), 24
    ) }} as days_in_stage
from stages
inner join deals on stages.deal_id = deals.deal_id
