with

attributes as (
    select * from {{ ref('int_profile_attributes') }}
    where attribute <> 'record'
),

records as (
    select * from {{ ref('int_profile_records') }}
),

people as (
    select * from {{ ref('int_people_rolled_up') }}
)

select
    attributes.profile_side || '|' || attributes.profile_id || '|' || attributes.attribute
        as profile_attribute_id,
    people.customer_id,
    case when attributes.profile_side = 'person' then attributes.profile_id end as person_id,
    attributes.attribute,
    attributes.record_key,
    records.source_system,
    records.source_role,
    records.updated_at,
    attributes.rule,
    attributes.candidates
from attributes
inner join records on attributes.record_number = records.record_number
inner join people on attributes.profile_id = people.person_id
