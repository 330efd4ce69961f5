with

contacts as (
    select * from {{ latest_version(
        source('hubspot', 'contacts'), ['id'], 'lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    'crm' as source_role,
    id as record_id,
    'person' as party_kind,
    {{ clean_text('firstname') }} as first_name,
    {{ clean_text('lastname') }} as last_name,
    {{ clean_text("coalesce(firstname, '') || ' ' || coalesce(lastname, '')") }} as full_name,
    {{ clean_text('company') }} as company_name,
    {{ clean_text('email') }} as email,
    coalesce({{ clean_text('phone') }}, {{ clean_text('mobilephone') }}) as phone,
    {{ clean_text('address') }} as street,
    {{ clean_text('city') }} as city,
    {{ clean_text('zip') }} as postal_code,
    {{ country_code('country') }} as country_code,
    {{ possible_birth_date(text_as('trim(date_of_birth)', 'date')) }} as birth_date,
    case lower(hs_analytics_source)
        when 'direct_traffic' then 'direct'
        when 'email_marketing' then 'email'
        when 'referrals' then 'referral'
        when 'social_media' then 'social'
        when 'other_campaigns' then 'other_campaign'
        else {{ clean_text('lower(hs_analytics_source)') }}
    end as acquisition_channel,
    {{ clean_text('state') }} as region,
    {{ clean_text('associatedcompanyid') }} as company_id,
    hubspot_owner_id as owner_id,
    '/record/0-1/' || id as record_path,
    {{ known_by_as_of('first_conversion_date') }} as first_conversion_at,
    referred_by_contact_id,
    coalesce(hs_email_optout, false) as has_opted_out,
    {{ matches('lower(hs_legal_basis)', 'freely given consent') }} as has_consented,
    createdate as created_at,
    lastmodifieddate as updated_at
from contacts
where coalesce(createdate < {{ as_of() }}, true)
