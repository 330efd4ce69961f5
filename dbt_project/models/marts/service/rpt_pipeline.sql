with deals as (
    select
        coalesce(stage_name, 'unknown') as stage_name,
        {{ days_between('created_date', as_of_date()) }} as age_days,
        amount_reporting
    from {{ ref('fct_deals') }}
    where is_open
),

aged as (
    select
        deals.*,
        case
            when age_days <= 30 then '0-30 days'
            when age_days <= 60 then '31-60 days'
            when age_days <= 90 then '61-90 days'
            else 'over 90 days'
        end as age
    from deals
)

select
    stage_name || '|' || age as pipeline_id,
    stage_name,
    age,
    count(*) as deals,
    count(amount_reporting) as deals_with_amount,
    {{ money('coalesce(sum(amount_reporting), 0)') }} as amount_reporting
from aged
group by stage_name, age
