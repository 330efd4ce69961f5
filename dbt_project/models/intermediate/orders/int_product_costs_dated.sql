with

costs as (
    select
        {{ record_key('source_system', 'source_product_id') }} as product_id,
        valid_from,
        unit_cost,
        currency
    from {{ union_feed('product_costs') }} as feed
    where unit_cost is not null
)

select
    product_id,
    case
        when lag(product_id)
                over (partition by product_id order by valid_from nulls first)
            is not null
            then valid_from
    end as valid_from,
    lead(valid_from) over (partition by product_id order by valid_from nulls first) as valid_to,
    unit_cost,
    currency
from costs
