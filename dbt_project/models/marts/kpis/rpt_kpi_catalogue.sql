{#- Name, formula and wording stand beside each KPI's model, as its meta, and nowhere else. -#}
{%- set texts = [
    'name', 'name_zh', 'formula', 'unit', 'direction', 'owner', 'explanation', 'explanation_zh',
    'target_scope',
] -%}

with definitions as (
    {%- for kpi in kpi_definitions() %}
    select
        '{{ kpi.id }}' as kpi_id,
        {%- for column in texts %}
        '{{ kpi.meta[column] | trim | replace("'", "''") }}' as {{ column }},
        {%- endfor %}
        '{{ kpi.grains }}' as grains,
        '{{ kpi.segments }}' as segments,
        '{{ kpi.rests_on }}' as rests_on,
        {{ kpi.meta['sort_order'] }} as sort_order
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    cast(kpi_id as text) as kpi_id,
    cast(name as text) as name,
    cast(name_zh as text) as name_zh,
    cast(formula as text) as formula,
    cast(unit as text) as unit,
    cast(direction as text) as direction,
    cast(owner as text) as owner,
    cast(explanation as text) as explanation,
    cast(explanation_zh as text) as explanation_zh,
    cast(grains as text) as grains,
    cast(segments as text) as segments,
    cast(target_scope as text) as target_scope,
    cast(rests_on as text) as rests_on,
    cast(sort_order as integer) as sort_order
from definitions
