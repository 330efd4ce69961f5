with windows as (
    select * from {{ ref('int_kpi_windows') }}
),

days as (
    select * from {{ ref('int_kpi_sales_days') }}
),

customer_days as (
    select * from {{ ref('int_kpi_customer_days') }}
),

stays as (
    select * from {{ ref('int_stage_stays') }}
),

tiers as (
    select * from {{ ref('stg_rapport__value_tier_months') }}
),

-- A window without any sale has a row in all, and none by segment.
summed as (
    select
        windows.window_id,
        'all' as segment_kind,
        {%- for column in kpi_sales_columns() %}
        sum(days.{{ column }}) as {{ column }},
        {%- endfor %}
        'all' as segment
    from windows
    left join days
        on
            days.sales_date >= windows.window_start
            and days.sales_date < windows.window_end
            and days.segment_kind = 'all'
    group by windows.window_id
    union all
    select
        windows.window_id,
        days.segment_kind,
        {%- for column in kpi_sales_columns() %}
        sum(days.{{ column }}) as {{ column }},
        {%- endfor %}
        days.segment
    from windows
    inner join days
        on days.sales_date >= windows.window_start and days.sales_date < windows.window_end
    where days.segment_kind <> 'all'
    group by windows.window_id, days.segment_kind, days.segment
    union all
    -- The stage at the start; unknown is who was not known then, and what belongs to nobody.
    select
        windows.window_id,
        'stage' as segment_kind,
        {%- for column in kpi_sales_columns() %}
        sum(customer_days.{{ column }}) as {{ column }},
        {%- endfor %}
        coalesce(stays.stage, 'unknown') as segment
    from windows
    inner join customer_days
        on
            customer_days.sales_date >= windows.window_start
            and customer_days.sales_date < windows.window_end
    left join stays
        on
            customer_days.customer_id = stays.customer_id
            and windows.window_start >= stays.first_boundary
            and windows.window_start <= stays.last_boundary
    where {{ kpi_is_long('windows.period_kind') }}
    group by windows.window_id, coalesce(stays.stage, 'unknown')
    union all
    -- The same by value tier, where that is known of the start.
    select
        windows.window_id,
        'tier' as segment_kind,
        {%- for column in kpi_sales_columns() %}
        sum(customer_days.{{ column }}) as {{ column }},
        {%- endfor %}
        coalesce(tiers.value_tier, 'unknown') as segment
    from windows
    inner join customer_days
        on
            customer_days.sales_date >= windows.window_start
            and customer_days.sales_date < windows.window_end
    left join tiers
        on
            customer_days.customer_id = tiers.customer_id
            and windows.window_start = tiers.month_end
    where
        {{ kpi_is_long('windows.period_kind') }}
        and {{ kpi_has_tiers('windows.window_start') }}
    group by windows.window_id, coalesce(tiers.value_tier, 'unknown')
)

select
    window_id,
    segment_kind,
    segment,
    {{ kpi_typed_sums(nothing_is_zero=true) }}
from summed
