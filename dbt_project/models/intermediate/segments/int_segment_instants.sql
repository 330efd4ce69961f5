with month_ends as (
    select
        month_end,
        row_number() over (order by month_end desc) as months_back
    from {{ ref('int_lifecycle_month_ends') }}
    where month_end < {{ as_of_date() }}
)

select
    {{ as_of_boundary() }} as facts_before,
    {{ as_of_date() }} as evaluated_on,
    cast(0 as integer) as months_back
union all
select month_end, month_end, cast(months_back as integer)
from month_ends
where months_back <= {{ var('segment_history_months') }}
