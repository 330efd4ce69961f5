with

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where has_opted_out or has_consented
)

select {{ feed_row('consents', {
    'source_system': 'source_system',
    'source_consent_id': 'record_id',
    'source_contact_id': 'record_id',
    'channel': "'email'",
    'is_granted': 'not has_opted_out',
    'changed_at': 'updated_at',
}) }}
from contacts
