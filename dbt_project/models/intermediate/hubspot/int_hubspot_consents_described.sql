with

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where has_opted_out or has_consented
)

-- Nobody knows when it was said: a yes is taken for as old and a no for as new as can be, so that
-- no change of a contact makes a yes newer than what was said elsewhere since.
select {{ feed_row('consents', {
    'source_system': 'source_system',
    'source_consent_id': 'record_id',
    'source_contact_id': 'record_id',
    'channel': "'email'",
    'is_granted': 'not has_opted_out',
    'changed_at': 'case when has_opted_out then updated_at else created_at end',
}) }}
from contacts
