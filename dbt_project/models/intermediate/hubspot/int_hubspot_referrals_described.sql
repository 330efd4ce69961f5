with

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where referred_by_contact_id is not null and record_id <> referred_by_contact_id
)

select {{ feed_row('referrals', {
    'source_system': 'source_system',
    'source_referral_id': 'record_id',
    'source_referrer_id': 'referred_by_contact_id',
    'source_referred_id': 'record_id',
    'referred_at': 'created_at',
}) }}
from contacts
