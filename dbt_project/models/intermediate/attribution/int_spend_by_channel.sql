with spend as (
    select * from {{ ref('fct_marketing_spend') }}
)

select
    spend_date,
    coalesce({{ clean_text('lower(channel)') }}, 'other_campaign') as channel,
    {{ money('sum(amount_reporting)') }} as spend_reporting
from spend
group by spend_date, coalesce({{ clean_text('lower(channel)') }}, 'other_campaign')
