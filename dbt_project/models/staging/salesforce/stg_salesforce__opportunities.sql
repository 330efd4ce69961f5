with

opportunities as (
    select * from {{ latest_version(
        source('salesforce', 'opportunities'), ['id'], 'system_modstamp'
    ) }} as latest
)

select
    '{{ var("salesforce_source") }}' as source_system,
    id as source_deal_id,
    contact_id as source_contact_id,
    created_date as created_at,
    coalesce(is_closed, false) as is_closed,
    coalesce(is_won, false) as is_won,
    close_date,
    {{ money('amount') }} as amount,
    upper({{ clean_text('currency_iso_code') }}) as currency,
    stage_name,
    owner_id,
    system_modstamp as updated_at
from opportunities
where {{ before_as_of('created_date') }}
