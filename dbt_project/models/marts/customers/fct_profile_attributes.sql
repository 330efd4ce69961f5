with

attributes as (
    select * from {{ ref('int_profile_attributes') }}
    where attribute <> 'record'
),

records as (
    select * from {{ ref('int_profile_records') }}
)

select
    records.profile_side || '|' || records.profile_id || '|' || attributes.attribute
        as profile_attribute_id,
    coalesce(records.customer_id, records.profile_id) as customer_id,
    case when records.profile_side = 'person' then records.profile_id end as person_id,
    attributes.attribute,
    records.record_key,
    records.source_system,
    records.source_role,
    records.updated_at,
    attributes.rule,
    attributes.candidates
from attributes
inner join records on attributes.record_number = records.record_number
