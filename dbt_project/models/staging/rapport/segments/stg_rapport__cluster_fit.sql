select
    cast(customers as bigint) as customers,
    cast(clusters as integer) as clusters,
    cast(silhouette as double precision) as silhouette,
    cast(reason as text) as reason,
    cast(reason_zh as text) as reason_zh
from {{ source('segments', 'cluster_fit') }}
