select
    cast(customer_id as text) as customer_id,
    cast(facts_before as date) as facts_before,
    cast(cluster_no as integer) as cluster_no
from {{ source('segments', 'customer_clusters') }}
