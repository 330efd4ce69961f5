{%- if execute -%}
{#- One list: a KPI model that it lacks, or a name without a model, stops the build. -#}
{%- set models = [] -%}
{%- for kpi in kpi_definitions() -%}
{%- do models.append(kpi.id) -%}
{%- endfor -%}
{%- if models | sort != kpi_ids() | sort -%}
{{ exceptions.raise_compiler_error(
    'macros/kpis.sql lists ' ~ kpi_ids() | sort ~ ', the models are ' ~ models | sort
) }}
{%- endif -%}
{%- endif -%}

{%- for kpi_id in kpi_ids() %}
select
    '{{ kpi_id }}' as kpi_id,
    window_id,
    segment_kind,
    segment,
    value,
    numerator,
    denominator,
    base_count
from {{ ref('kpi_' ~ kpi_id) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
