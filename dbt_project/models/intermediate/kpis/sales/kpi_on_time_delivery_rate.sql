with windows as (
    select * from {{ kpi_windows() }} as windows
),

-- Due, so that it is known whether they came in time; one that has not come is late.
due as (
    select
        {{ business_date('promised_at') }} as promised_on,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as channel,
        sum(case when is_late then 0 else 1 end) as in_time,
        count(*) as orders_due
    from {{ ref('fct_orders') }}
    where is_late is not null
    group by
        {{ business_date('promised_at') }},
        coalesce(country_code, 'unknown'),
        coalesce(channel, 'unknown')
),

counted as (
    {%- for kind in ['country', 'channel', 'all'] %}
    select
        windows.window_id,
        '{{ kind }}' as segment_kind,
        {{ "'all'" if kind == 'all' else 'due.' ~ kind }} as segment,
        sum(due.in_time) as in_time,
        sum(due.orders_due) as orders_due
    from windows
    inner join due
        on due.promised_on >= windows.window_start and due.promised_on < windows.window_end
    group by windows.window_id{{ ', due.' ~ kind if kind != 'all' }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ kpi_quotient('counted', 'in_time', 'orders_due') }}
