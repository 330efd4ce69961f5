with

paths as (
    select * from {{ ref('int_touch_paths') }}
    where ended_on < {{ as_of_date() }}
),

steps as (
    select
        {{ period_start('month', 'ended_on') }} as month_start,
        channel,
        lead(channel) over (
            partition by customer_id, path_number order by touch_number
        ) as next_channel,
        is_converted
    from paths
)

select
    month_start,
    channel,
    coalesce(next_channel, case when is_converted then '(order)' else '(nothing)' end)
        as next_channel,
    count(*) as transitions
from steps
group by
    month_start,
    channel,
    coalesce(next_channel, case when is_converted then '(order)' else '(nothing)' end)
