with features as (
    select * from {{ ref('int_cluster_features') }}
),

instants as (
    select * from {{ ref('int_segment_instants') }}
),

assigned as (
    select * from {{ ref('stg_rapport__customer_clusters') }}
),

clusters as (
    select * from {{ ref('stg_rapport__clusters') }}
),

fit as (
    select * from {{ ref('stg_rapport__cluster_fit') }}
)

select
    features.customer_id,
    features.facts_before,
    instants.evaluated_on,
    features.months_back,
    'cluster_' || cast(assigned.cluster_no as text) as segment,
    coalesce(clusters.explanation, fit.reason) as reason,
    coalesce(clusters.explanation_zh, fit.reason_zh) as reason_zh
from features
inner join instants on features.facts_before = instants.facts_before
cross join fit
left join assigned
    on
        features.customer_id = assigned.customer_id
        and features.facts_before = assigned.facts_before
left join clusters on assigned.cluster_no = clusters.cluster_no
