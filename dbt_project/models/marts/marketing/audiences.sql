with members as (
    select * from {{ ref('int_audience_candidates') }}
    where outcome = 'member'
)

select
    audience || '|' || person_id as audience_member_id,
    audience,
    person_id,
    customer_id,
    channel,
    {%- if var('audience_plain_contacts') %}
    contact as contact_key,
    {%- else %}
    {{ sha256_hex('lower(contact)') }} as contact_key,
    {%- endif %}
    country_code,
    consented_at
from members
