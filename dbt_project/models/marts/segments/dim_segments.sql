with labels as (
    select distinct segmentation, segment
    from {{ ref('int_segment_labels') }}
    where segment is not null
),

known as (
    select * from {{ ref('segments') }}
),

clusters as (
    select * from {{ ref('stg_rapport__clusters') }}
),

tiers as (
    select * from {{ loyalty_tiers() }} as tiers
),

-- What is known beforehand is listed whether or not somebody is in it.
listed as (
    select segmentation, segment from labels
    union
    select segmentation, segment from known
    {%- for segmentation in segmentations() if segmentation in ('loyalty_tier', 'earned_tier') %}
    union
    select '{{ segmentation }}', tier from tiers
    {%- endfor %}
),

described as (
    select
        listed.segmentation,
        listed.segment,
        coalesce(known.segment_order, clusters.cluster_no, tiers.tier_rank) as given_order,
        coalesce(known.name, clusters.name, tiers.tier_name, listed.segment) as name,
        coalesce(
            known.name_zh,
            clusters.name_zh,
            tiers.tier_name_zh,
            {{ path_zh('listed.segment') }}
        ) as name_zh,
        coalesce(
            known.explanation,
            clusters.explanation,
            case
                when listed.segmentation = 'behaviour_path'
                    then 'The most telling path on the website: ' || listed.segment || '.'
                when tiers.tier is not null
                    then 'Net revenue of ' || {{ whole('tiers.min_revenue') }}
                        || ' {{ var("reporting_currency") }} or more.'
            end
        ) as explanation,
        coalesce(
            known.explanation_zh,
            clusters.explanation_zh,
            case
                when listed.segmentation = 'behaviour_path'
                    then '最能说明问题的网站路径：' || {{ path_zh('listed.segment') }} || '。'
                when tiers.tier is not null
                    then '净收入达到' || {{ whole('tiers.min_revenue') }}
                        || ' {{ var("reporting_currency") }}。'
            end
        ) as explanation_zh
    from listed
    left join known
        on listed.segmentation = known.segmentation and listed.segment = known.segment
    left join clusters
        on
            listed.segmentation = 'cluster'
            and listed.segment = 'cluster_' || cast(clusters.cluster_no as text)
    left join tiers
        on listed.segmentation in ('loyalty_tier', 'earned_tier') and listed.segment = tiers.tier
)

select
    segmentation || '|' || segment as segment_id,
    segmentation,
    segment,
    cast(row_number() over (
        partition by segmentation
        order by given_order nulls last, length(segment), {{ by_bytes('segment') }}
    ) as integer) as segment_order,
    name,
    name_zh,
    explanation,
    explanation_zh
from described
