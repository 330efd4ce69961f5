select
    cast(publication_id as bigint) as publication_id,
    cast(as_of as timestamp) as as_of,
    cast(rules as text) as rules,
    cast(identity_changes as bigint) as identity_changes
from {{ source('published', 'publication') }}
