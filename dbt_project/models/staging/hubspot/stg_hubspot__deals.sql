with

deals as (
    select * from {{ latest_version(
        source('hubspot', 'deals'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_deal_id,
    contact_id as source_contact_id,
    createdate as created_at,
    -- HubSpot's close date of an open deal is a plan, not a fact.
    case when hs_is_closed then {{ known_by_as_of('closedate') }} end as closed_at,
    case
        when hs_is_closed and {{ before_as_of('closedate') }} then coalesce(hs_is_closed_won, false)
    end as is_won,
    {{ money('amount') }} as amount,
    upper({{ clean_text('deal_currency_code') }}) as currency,
    dealstage as stage_id,
    hubspot_owner_id as owner_id,
    hs_lastmodifieddate as updated_at
from deals
where {{ before_as_of('createdate') }}
