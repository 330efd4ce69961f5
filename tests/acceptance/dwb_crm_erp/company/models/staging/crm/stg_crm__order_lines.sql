select
    'crm' as source_system,
    source_order_id,
    source_product_id as source_line_id,
    source_product_id,
    quantity,
    net_amount as list_amount,
    cast(0 as numeric(18, 4)) as discount_amount,
    net_amount,
    cast(null as numeric(18, 4)) as cost_amount,
    cast(null as timestamp) as updated_at
from {{ ref('stg_crm__sales') }}
