with

effects as (
    select * from {{ ref('int_channel_effects') }}
)

select
    cast(month_start as text) || '|' || channel as channel_effect_id,
    month_start,
    channel,
    touches,
    paths,
    converted_paths,
    is_sufficient,
    case
        when is_sufficient then 'from ' || {{ counted('converted_paths', 'order', 'orders') }}
        else
            {{ counted('converted_paths', 'order', 'orders') }}
            || ' with touches, {{ var("attribution_min_orders") }} needed: all touches count alike'
    end as basis,
    cast(effect * 0.0001 as numeric(5, 4)) as removal_effect,
    case
        when is_sufficient
            then {{ ratio('effect', 'sum(effect) over (partition by month_start)') }}
    end as effect_share
from effects
