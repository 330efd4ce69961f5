{{ config(materialized='view') }}

{#- All labels in one shape; the last month end is looked at to tell what has moved. -#}
{%- set tables = {
    'rfm': ('int_rfm_scored', 'segment', 'reason', 'reason_zh'),
    'behaviour_path': ('int_behaviour_paths', 'segment', 'reason', 'reason_zh'),
    'device': ('int_device_shares', 'segment', 'reason', 'reason_zh'),
    'cluster': ('int_clusters_assigned', 'segment', 'reason', 'reason_zh'),
    'value_tier': ('int_value_tiers', 'segment', 'reason', 'reason_zh'),
    'loyalty_tier': ('int_loyalty_tiers', 'held_tier', 'held_reason', 'held_reason_zh'),
    'earned_tier': ('int_loyalty_tiers', 'earned_tier', 'earned_reason', 'earned_reason_zh'),
} %}

with labels as (
    {%- for segmentation in segmentations() %}
    {%- set model, segment, reason, reason_zh = tables[segmentation] %}
    select
        customer_id,
        '{{ segmentation }}' as segmentation,
        facts_before,
        evaluated_on,
        months_back,
        {{ segment }} as segment,
        {{ reason }} as reason,
        {{ reason_zh }} as reason_zh
    from {{ ref(model) }}
    {%- if segmentation == 'loyalty_tier' %}
    -- The source tells today's tier, not what it was at the month end.
    where months_back = 0
    {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from labels
