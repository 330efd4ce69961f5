with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

first_orders as (
    select
        order_date,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as channel
    from {{ ref('fct_orders') }}
    where is_first_order
),

counted as (
    select window_id, 'all' as segment_kind, 'all' as segment, numerator as new_customers
    from (
        {{ new_customers_counted('first_orders') }}
    ) as everybody
    {%- for kind in ['country', 'channel'] %}
    union all
    select window_id, '{{ kind }}' as segment_kind, {{ kind }} as segment, numerator
    from (
        {{ new_customers_counted('first_orders', [kind], with_empty=false) }}
    ) as by_{{ kind }}
    {%- endfor %}
)

select * from counted
