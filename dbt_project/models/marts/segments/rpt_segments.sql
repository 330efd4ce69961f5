with labels as (
    select * from {{ ref('int_segment_labels') }}
),

revenue as (
    select * from {{ ref('int_rfm_measured') }}
),

names as (
    select * from {{ ref('dim_segments') }}
),

counted as (
    select
        labels.segmentation,
        labels.facts_before,
        labels.evaluated_on,
        labels.months_back,
        coalesce(labels.segment, 'unlabelled') as segment,
        count(*) as customers,
        sum(revenue.net_revenue_reporting) as net_revenue
    from labels
    inner join revenue
        on
            labels.customer_id = revenue.customer_id
            and labels.facts_before = revenue.facts_before
    group by 1, 2, 3, 4, 5
),

looks as (
    select distinct segmentation, facts_before, evaluated_on, months_back from counted
),

-- Every segment that a segmentation ever has, at every look: an empty one counts 0.
grid as (
    select looks.*, segments.segment
    from looks
    inner join (
        select distinct segmentation, segment from counted
        union
        select segmentation, segment from names
    ) as segments on looks.segmentation = segments.segmentation
),

filled as (
    select
        grid.segmentation,
        grid.segment,
        grid.facts_before,
        grid.evaluated_on,
        grid.months_back,
        cast(coalesce(counted.customers, 0) as bigint) as customers,
        {{ money('coalesce(counted.net_revenue, 0)') }} as net_revenue_reporting
    from grid
    left join counted
        on
            grid.segmentation = counted.segmentation
            and grid.segment = counted.segment
            and grid.facts_before = counted.facts_before
),

compared as (
    select
        filled.*,
        sum(customers) over look as all_customers,
        sum(net_revenue_reporting) over look as all_revenue,
        lag(customers) over (
            partition by segmentation, segment order by facts_before
        ) as previous_customers
    from filled
    window look as (partition by segmentation, facts_before)
)

select
    cast(compared.facts_before as text) || '|' || compared.segmentation || '|' || compared.segment
        as segment_row_id,
    compared.evaluated_on,
    compared.months_back = 0 as is_current,
    compared.segmentation,
    compared.segment,
    coalesce(names.name, 'No label') as name,
    coalesce(names.name_zh, '无标签') as name_zh,
    names.segment_order,
    compared.customers,
    {{ ratio('compared.customers', 'compared.all_customers') }} as customers_share,
    compared.net_revenue_reporting,
    {{ ratio('compared.net_revenue_reporting', 'compared.all_revenue') }} as net_revenue_share,
    compared.previous_customers,
    compared.customers - compared.previous_customers as change_customers,
    100 * {{ ratio(
        'compared.customers - compared.previous_customers', 'compared.previous_customers'
    ) }} as change_pct
from compared
left join names
    on compared.segmentation = names.segmentation and compared.segment = names.segment
