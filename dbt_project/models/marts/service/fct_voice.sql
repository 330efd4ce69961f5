with said as (
    select * from {{ ref('int_voice_texts') }}
),

told as (
    select * from {{ ref('stg_rapport__voice_texts') }}
)

select
    said.voice_id,
    said.customer_id,
    said.person_id,
    said.source_kind,
    said.source_system,
    said.said_at,
    said.said_date,
    told.language,
    told.topic,
    told.topics,
    told.tone,
    told.tone_score,
    told.model
from said
left join told on said.text_key = told.text_key
