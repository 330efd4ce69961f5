with

named as (
    select * from {{ ref('marketing_channels') }}
),

-- What only the data, the rules or the customers' own systems call a channel.
found as (
    select channel from {{ ref('int_attribution_touches') }}
    union
    select channel from {{ ref('int_spend_by_channel') }}
    union
    select channel from {{ ref('int_channel_rules') }}
    union
    select acquisition_channel from {{ ref('dim_customers') }}
    where acquisition_channel is not null
),

channels as (
    select * from named
    union all
    select
        found.channel,
        50 as channel_order,
        upper(left(found.channel, 1)) || replace(substr(found.channel, 2), '_', ' ')
            as channel_name,
        upper(left(found.channel, 1)) || replace(substr(found.channel, 2), '_', ' ')
            as channel_name_zh,
        false as is_paid,
        'A channel of this company.' as explanation
    from found
    where found.channel not in (select named.channel from named)
),

spend as (
    select distinct channel from {{ ref('int_spend_by_channel') }}
)

select
    channels.channel,
    cast(channels.channel_order as integer) as channel_order,
    channels.channel_name,
    channels.channel_name_zh,
    channels.is_paid or spend.channel is not null as is_paid,
    channels.explanation
from channels
left join spend on channels.channel = spend.channel
