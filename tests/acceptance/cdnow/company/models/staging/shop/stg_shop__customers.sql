select
    {{ feed_row('parties', {
        'source_system': "'shop'",
        'source_role': "'erp'",
        'record_id': 'customer_id',
        'party_kind': "'person'",
    }) }}
from (
    select distinct customer_id from {{ ref('stg_shop__purchases') }}
) as customers
