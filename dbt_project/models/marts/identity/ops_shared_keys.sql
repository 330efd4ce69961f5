with

shared_keys as (
    select key_kind, key_value, records from {{ ref('stg_rapport__shared_keys') }}
    union all
    select 'device' as key_kind, source_system || '|' || device_key as key_value, people as records
    from {{ ref('int_devices_shared') }}
    where is_hub
),

ranked as (
    select
        shared_keys.*,
        row_number() over (
            partition by key_kind order by records desc, {{ by_bytes('key_value') }} asc
        ) as key_rank
    from shared_keys
)

-- A plain hash of a phone number or an address is easily undone, so there is none.
select
    key_kind || '|' || cast(key_rank as text) as shared_key_id,
    key_kind,
    key_rank,
    case
        when key_kind = 'email' then left(key_value, 1) || '***@' || split_part(key_value, '@', 2)
        when key_kind = 'phone' then left(key_value, 3) || '***' || right(key_value, 2)
        else '***'
    end as key_masked,
    records
from ranked
