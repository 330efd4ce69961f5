select
    publication_id,
    build_id,
    as_of,
    business_timezone,
    reporting_currency,
    company_name,
    known_at,
    rules
from {{ ref('stg_rapport__publication') }}
