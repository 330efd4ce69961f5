{%- set loyalty_days = var('loyalty_window_days') -%}

with measured as (
    select * from {{ ref('int_rfm_measured') }}
    where months_back <= 1
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where customer_id is not null
)

select
    measured.customer_id,
    measured.facts_before,
    measured.evaluated_on,
    measured.months_back,
    measured.recency_days,
    measured.order_days,
    {{ money('coalesce(sum(
        case when order_lines.revenue_date >= ' ~ (
            add_days('measured.facts_before', -loyalty_days) if loyalty_days else first_day_ever()
        ) ~ ' then order_lines.net_amount_reporting end
    ), 0)') }} as tier_revenue_reporting,
    {{ money("coalesce(sum(
        case when order_lines.line_kind = 'sale' then order_lines.net_amount_reporting end
    ), 0)") }} as gross_sales_reporting,
    {{ money("coalesce(sum(
        case when order_lines.line_kind = 'return' then -order_lines.net_amount_reporting end
    ), 0)") }} as returned_reporting,
    {{ money("sum(
        case when order_lines.line_kind = 'sale' then order_lines.list_amount_reporting end
    )") }} as list_value_reporting,
    {{ money("sum(
        case when order_lines.line_kind = 'sale' then order_lines.discount_amount_reporting end
    )") }} as discount_reporting,
    count(distinct case when order_lines.line_kind = 'sale' then order_lines.category_name end)
        as categories
from measured
left join order_lines
    on
        measured.customer_id = order_lines.customer_id
        and order_lines.revenue_date < measured.facts_before
group by 1, 2, 3, 4, 5, 6
