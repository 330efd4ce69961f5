with

loyalty_accounts as (
    select * from {{ latest_version(source('erp', 'loyalty_accounts'), ['loyalty_no'], 'updated_at') }} as latest
)

select
    {{ feed_row('loyalty_accounts', {
        'source_system': "'erp'",
        'source_account_id': 'loyalty_no',
        'source_customer_id': 'customer_no',
        'tier': clean_text('tier'),
        'points': 'points',
        'joined_at': 'joined_at',
    }) }}
from loyalty_accounts
where {{ before_as_of('joined_at') }}
