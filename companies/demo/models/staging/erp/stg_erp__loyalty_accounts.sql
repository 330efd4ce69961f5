with

loyalty_accounts as (
    select * from {{ latest_version(source('erp', 'loyalty_accounts'), ['loyalty_no'], 'updated_at') }} as latest
)

select
    'erp' as source_system,
    loyalty_no as loyalty_id,
    customer_no as source_customer_id,
    {{ clean_text('tier') }} as tier,
    cast(points as bigint) as points,
    joined_at
from loyalty_accounts
where {{ before_as_of('joined_at') }}
