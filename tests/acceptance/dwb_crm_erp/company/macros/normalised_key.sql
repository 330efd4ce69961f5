{#- The CRM's customer key in the ERP's spellings: NASAW00011000 and AW-00011000 are AW00011000. -#}
{% macro normalised_key(key) -%}
    replace(case when {{ key }} like 'NAS%' then substr({{ key }}, 4) else {{ key }} end, '-', '')
{%- endmacro %}
