select
    cast(cluster_no as integer) as cluster_no,
    cast(since_as_of as timestamp) as since_as_of,
    cast(customers as bigint) as customers,
    cast(name as text) as name,
    cast(name_zh as text) as name_zh,
    cast(explanation as text) as explanation,
    cast(explanation_zh as text) as explanation_zh
from {{ source('segments', 'clusters') }}
