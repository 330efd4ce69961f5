{#- Date of a text like 20131026; null where it is none. -#}
{% macro date_of_digits(text) -%}
    {{ text_as(
        "substr(" ~ text ~ ", 1, 4) || '-' || substr(" ~ text ~ ", 5, 2) || '-' || substr("
        ~ text ~ ", 7)",
        'date'
    ) }}
{%- endmacro %}
