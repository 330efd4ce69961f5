select
    cast(record_key as text) as record_key,
    cast(email_normalised as text) as email_normalised,
    cast(phone_e164 as text) as phone_e164
from {{ source('identity', 'record_keys') }}
