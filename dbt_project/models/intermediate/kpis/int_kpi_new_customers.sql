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
    {%- for kind, segment in [
        ('all', "'all'"), ('country', 'first_orders.country'), ('channel', 'first_orders.channel')
    ] %}
    select
        windows.window_id,
        '{{ kind }}' as segment_kind,
        {{ segment }} as segment,
        count(first_orders.order_date) as new_customers
    from windows
    {{ 'left' if kind == 'all' else 'inner' }} join first_orders
        on
            first_orders.order_date >= windows.window_start
            and first_orders.order_date < windows.window_end
    group by windows.window_id{{ ', ' ~ segment if kind != 'all' }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from counted
