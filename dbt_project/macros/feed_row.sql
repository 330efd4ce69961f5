{#-
Select list of a feed: what the model gives, in the feed's order and types; what it does not give is
null. A column that the feed does not have is an error.
Used as `select {{ feed_row('orders', {'source_system': "'erp'", 'source_order_id': 'order_no'}) }}`.
-#}
{% macro feed_row(role, given) -%}
    {%- set columns = feed_columns(role) -%}
    {%- set known = columns | map('first') | list -%}
    {%- for name in given if name not in known -%}
        {{ exceptions.raise_compiler_error(
            'the feed ' ~ role ~ ' has no column ' ~ name ~ '; it has ' ~ known | join(', ')
        ) }}
    {%- endfor -%}
    {%- for name, type in columns %}
    cast({{ given.get(name, 'null') }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- State of an order as the feed has it, out of the words that systems use for it. -#}
{% macro order_status(text) -%}
    case
        when lower({{ text }}) like 'cancel%' then 'cancelled'
        when lower({{ text }}) in ('completed', 'complete', 'delivered', 'closed', 'paid')
            then 'completed'
        else 'open'
    end
{%- endmacro %}
