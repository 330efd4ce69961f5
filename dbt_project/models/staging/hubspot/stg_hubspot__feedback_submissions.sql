with

feedback_submissions as (
    select * from {{ latest_version(
        source('hubspot', 'feedback_submissions'), ['id'], 'hs_lastmodifieddate'
    ) }} as latest
)

select
    '{{ var("hubspot_source") }}' as source_system,
    id as source_answer_id,
    contact_id as source_contact_id,
    hs_submission_timestamp as answered_at,
    lower(hs_survey_type) as survey_kind,
    cast(hs_value as bigint) as score,
    {{ clean_text('hs_content') }} as comment
from feedback_submissions
where {{ before_as_of('hs_submission_timestamp') }}
