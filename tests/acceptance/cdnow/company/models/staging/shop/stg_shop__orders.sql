select
    {{ feed_row('orders', {
        'source_system': "'shop'",
        'source_order_id': 'purchase_id',
        'source_customer_id': 'customer_id',
        'ordered_at': 'purchased_at',
        'status': "'completed'",
        'is_quote': 'false',
        'currency': "'USD'",
    }) }}
from {{ ref('stg_shop__purchases') }}
