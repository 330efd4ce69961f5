select
    cast(null as bigint) as publication_id,
    cast(build_id as text) as build_id,
    cast(as_of as timestamp) as as_of,
    cast(business_timezone as text) as business_timezone,
    cast(reporting_currency as text) as reporting_currency,
    cast(company_name as text) as company_name,
    cast(known_at as timestamp) as known_at,
    cast(rules as text) as rules
from {{ source('ops', 'publication') }}
