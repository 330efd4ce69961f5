with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

first_orders as (
    select
        customer_id,
        order_date,
        coalesce(country_code, 'unknown') as country,
        coalesce(channel, 'unknown') as channel
    from {{ ref('fct_orders') }}
    where is_first_order
),

new_customers as (
    {{ new_customers_rows('first_orders', ['country', 'channel']) }}
),

-- A window without new customers has a row in all, and none by segment.
counted as (
    select
        window_id,
        'all' as segment_kind,
        'all' as segment,
        sum(numerator) as new_customers
    from new_customers
    group by window_id
    {%- for kind in ['country', 'channel'] %}
    union all
    select
        window_id,
        '{{ kind }}' as segment_kind,
        {{ kind }} as segment,
        sum(numerator) as new_customers
    from new_customers
    where {{ kind }} is not null
    group by window_id, {{ kind }}
    {%- endfor %}
)

{{ kpi_sum('counted', 'new_customers', base='new_customers') }}
