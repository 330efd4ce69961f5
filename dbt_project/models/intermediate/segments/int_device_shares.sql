{%- set window_days = var('behaviour_window_days') -%}
{%- set devices = {
    'desktop': '桌面端', 'mobile': '手机端', 'tablet': '平板端', 'other': '其他设备',
} -%}

with measured as (
    select * from {{ ref('int_rfm_measured') }}
    where months_back <= 1
),

sessions as (
    select
        customer_id,
        session_date,
        case when device_type in ('desktop', 'mobile', 'tablet') then device_type else 'other' end
            as device,
        count(*) as sessions
    from {{ ref('fct_sessions') }}
    where not is_bot
    group by 1, 2, 3
),

summed as (
    select
        measured.customer_id,
        measured.facts_before,
        measured.evaluated_on,
        measured.months_back,
        {%- for device in devices %}
        coalesce(sum(case when sessions.device = '{{ device }}' then sessions.sessions end), 0)
            as {{ device }}_sessions,
        {%- endfor %}
        coalesce(sum(sessions.sessions), 0) as sessions
    from measured
    left join sessions
        on
            measured.customer_id = sessions.customer_id
            and sessions.session_date < measured.facts_before
            and sessions.session_date >= {{ add_days('measured.facts_before', -window_days) }}
    group by 1, 2, 3, 4
),

labelled as (
    select
        summed.*,
        case
            when sessions < {{ var('device_min_sessions') }} then 'none'
            {%- for device in devices %}
            when {{ device }}_sessions > {{ var('device_min_share') }} * sessions
                then '{{ device }}'
            {%- endfor %}
            else 'mixed'
        end as segment,
        greatest(
            {%- for device in devices %}{{ device }}_sessions{{ ', ' if not loop.last }}
            {%- endfor %}
        ) as most_sessions
    from summed
)

select
    customer_id,
    facts_before,
    evaluated_on,
    months_back,
    segment,
    cast(sessions as bigint) as sessions,
    {%- for device in devices %}
    {{ ratio(device ~ '_sessions', 'sessions') }} as {{ device }}_share,
    {%- endfor %}
    case
        when segment = 'none'
            then {{ counted('sessions', 'session', 'sessions') }}
                || ' in {{ window_days }} days, fewer than {{ var("device_min_sessions") }}'
        when segment = 'mixed'
            then 'no device has more than {{ (var("device_min_share") * 100) | round | int }} % of '
                || cast(sessions as text) || ' sessions in {{ window_days }} days'
        else
            segment || ' in ' || cast(most_sessions as text) || ' of '
            || cast(sessions as text) || ' sessions in {{ window_days }} days'
    end as reason,
    case
        when segment = 'none'
            then '{{ window_days }}天内' || cast(sessions as text)
                || '次会话，少于{{ var("device_min_sessions") }}次'
        when segment = 'mixed'
            then '{{ window_days }}天内' || cast(sessions as text)
                || '次会话，没有设备超过{{ (var("device_min_share") * 100) | round | int }} %'
        else
            '{{ window_days }}天内' || cast(sessions as text) || '次会话中'
            || cast(most_sessions as text) || '次来自'
            || case segment
                {%- for device, device_zh in devices.items() %}
                when '{{ device }}' then '{{ device_zh }}'
                {%- endfor %}
            end
    end as reason_zh
from labelled
