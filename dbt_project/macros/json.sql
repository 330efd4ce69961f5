{#- JSON kept as text. A value of an object is read with `->>`, which all engines have. -#}

{#- One row an item of a JSON array, as a column of a select; none where the text is null. -#}
{% macro json_rows(text) -%}
    {{ return(adapter.dispatch('json_rows', 'rapport')(text)) }}
{%- endmacro %}

{% macro default__json_rows(text) -%}
    unnest(cast(cast({{ text }} as json) as json []))
{%- endmacro %}

{% macro postgres__json_rows(text) -%}
    jsonb_array_elements(cast({{ text }} as jsonb))
{%- endmacro %}
