{%- set oldest = add_time(as_of(), -var('label_max_age_days'), 'day') -%}

with labels as (
    select * from {{ ref('fct_customer_segments') }}
),

fit as (
    select * from {{ ref('stg_rapport__cluster_fit') }}
),

members as (
    select distinct customer_id, source_system from {{ ref('int_parties_identified') }}
),

-- Share of profiles whose label rests on facts that are too old.
stale_labels as (
    select
        'stale_labels' as guard,
        segmentation,
        cast(null as text) as segment,
        cast(null as text) as source_system,
        sum(case when label_as_of < {{ oldest }} then 1 else 0 end) as numerator,
        count(*) as denominator,
        cast(null as double precision) as compared_with,
        cast(0 as double precision) as limit_value
    from labels
    where segment is not null
    group by segmentation
),

sizes as (
    select segmentation, segment, count(*) as customers
    from labels
    group by segmentation, segment
),

totals as (
    select
        sizes.*,
        sum(customers) over (partition by segmentation) as all_customers,
        sum(case when segment is not null then customers end)
            over (partition by segmentation) as labelled_customers
    from sizes
),

-- Share of segments too small to act on, out of everybody as in rpt_segments.
over_segmentation as (
    select
        'over_segmentation' as guard,
        segmentation,
        cast(null as text) as segment,
        cast(null as text) as source_system,
        sum(
            case when customers < {{ var('segment_min_share') }} * all_customers then 1 else 0 end
        ) as numerator,
        count(*) as denominator,
        cast(null as double precision) as compared_with,
        cast(0 as double precision) as limit_value
    from totals
    where segment is not null
    group by segmentation
),

by_source as (
    select labels.segmentation, labels.segment, members.source_system, count(*) as customers
    from labels
    inner join members on labels.customer_id = members.customer_id
    where labels.segment is not null
    group by labels.segmentation, labels.segment, members.source_system
),

whole as (
    select segmentation, source_system, sum(customers) as customers
    from by_source
    group by segmentation, source_system
),

-- Share of a segment that a source knows, against its share of all with a label.
coverage_bias as (
    select
        'coverage_bias' as guard,
        totals.segmentation,
        totals.segment,
        whole.source_system,
        coalesce(by_source.customers, 0) as numerator,
        totals.customers as denominator,
        {{ ratio('whole.customers', 'totals.labelled_customers') }} as compared_with,
        cast({{ var('coverage_bias_max') }} as double precision) as limit_value
    from totals
    inner join whole on totals.segmentation = whole.segmentation
    left join by_source
        on
            totals.segmentation = by_source.segmentation
            and totals.segment = by_source.segment
            and whole.source_system = by_source.source_system
    where totals.segment is not null
),

guards as (
    select * from stale_labels
    union all
    select * from over_segmentation
    union all
    select * from coverage_bias
),

measured as (
    select
        guard,
        segmentation,
        segment,
        source_system,
        {{ ratio('numerator', 'denominator') }} as value,
        cast(numerator as bigint) as numerator,
        cast(denominator as bigint) as denominator,
        compared_with,
        limit_value
    from guards
    union all
    -- How well the clusters are told apart; it is no quotient.
    select
        'cluster_separation', 'cluster', null, null, silhouette, null, customers, null,
        cast({{ var('cluster_min_silhouette') }} as double precision)
    from fit
    where silhouette is not null
)

select
    guard || '|' || segmentation || '|' || coalesce(segment, '') || '|'
    || coalesce(source_system, '') as guard_id,
    measured.*,
    case guard
        when 'cluster_separation' then value < limit_value
        when 'coverage_bias' then abs(value - compared_with) > limit_value
        else value > limit_value
    end as is_flagged
from measured
