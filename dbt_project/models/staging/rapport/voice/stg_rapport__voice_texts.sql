select
    cast(text_key as text) as text_key,
    cast(language as text) as language,
    cast(topic as text) as topic,
    cast(topics as text) as topics,
    cast(tone as text) as tone,
    cast(tone_score as double precision) as tone_score,
    cast(model as text) as model
from {{ source('voice', 'texts') }}
