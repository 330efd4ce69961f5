with

daily_costs as (
    select * from {{ latest_version(
        source('spend', 'daily_costs'), ['spend_date', 'platform', 'channel', 'campaign']
    ) }} as latest
)

select
    'spend' as source_system,
    spend_date,
    {{ clean_text('lower(platform)') }} as platform,
    {{ clean_text('lower(channel)') }} as channel,
    {{ clean_text('campaign') }} as campaign,
    upper(currency) as currency,
    {{ money('cost') }} as amount,
    impressions,
    clicks
from daily_costs
where spend_date < {{ as_of_date() }}
