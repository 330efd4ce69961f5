{#- Schemas are called as configured; a side build adds its suffix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim ~ var('schema_suffix', '') }}
{%- endmacro %}
