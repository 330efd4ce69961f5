{#- Kinds of source that a segmentation's facts come from. -#}
{%- set kinds = {
    'rfm': "'erp'", 'behaviour_path': "'web'", 'device': "'web'", 'cluster': "'erp', 'web'",
    'value_tier': "'erp'", 'loyalty_tier': "'erp'", 'earned_tier': "'erp'",
} -%}

-- Labels are read where they are needed: a CTE read so often would be written out with its reasons.
with today as (
    select * from {{ ref('int_segment_labels') }}
    where months_back = 0
),

sources as (
    select * from {{ ref('stg_rapport__sources') }}
),

-- A label is as old as the facts that it rests on.
ages as (
    {%- for segmentation in segmentations() %}
    select
        '{{ segmentation }}' as segmentation,
        least(min(last_interval_end), {{ as_of() }}) as label_as_of
    from sources
    where kind in ({{ kinds[segmentation] }})
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Whoever was no customer for a while, their only order cancelled, has no row at the looks between.
numbered as (
    select
        customer_id,
        segmentation,
        segment,
        months_back,
        row_number() over (partition by customer_id, segmentation order by months_back) - 1
            as unbroken_back
    from {{ ref('int_segment_labels') }}
),

changed as (
    select
        labels.customer_id,
        labels.segmentation,
        min(
            case
                when
                    labels.segment is distinct from today.segment
                    or labels.months_back <> labels.unbroken_back
                    then labels.unbroken_back
            end
        ) as changed_months_back,
        max(labels.months_back) as first_months_back
    from numbered as labels
    inner join today
        on
            labels.customer_id = today.customer_id
            and labels.segmentation = today.segmentation
    group by labels.customer_id, labels.segmentation
),

looks as (
    select months_back, evaluated_on from {{ ref('int_segment_instants') }}
),

held as (
    select customer_id, held_tier_since from {{ ref('int_loyalty_tiers') }}
    where months_back = 0
)

select
    today.customer_id || '|' || today.segmentation as customer_segment_id,
    today.customer_id,
    today.segmentation,
    today.segment,
    case
        when today.segmentation = 'loyalty_tier' then held.held_tier_since
        else looks.evaluated_on
    end as since,
    previous.segment as previous_segment,
    today.reason,
    today.reason_zh,
    coalesce(ages.label_as_of, {{ as_of() }}) as label_as_of
from today
inner join changed
    on
        today.customer_id = changed.customer_id
        and today.segmentation = changed.segmentation
inner join looks
    on
        coalesce(changed.changed_months_back - 1, changed.first_months_back)
        = looks.months_back
left join {{ ref('int_segment_labels') }} as previous
    on
        today.customer_id = previous.customer_id
        and today.segmentation = previous.segmentation
        and changed.changed_months_back = previous.months_back
left join held on today.customer_id = held.customer_id
left join ages on today.segmentation = ages.segmentation
