{#-
Incremental strategy `replace_units`: a unit is a group of rows that no row outside has a part in,
such as all events of a device. What stands of a unit is replaced when its content is another, and
left when it is not. A model that uses it

- has the columns `unit_id` and `content`,
- names in `config(meta={'replace_from': ...})` the model with the content of each unit now,
- selects the units of that model for which `is_changed_unit()` holds,
- may name in `meta` as `one_row` which rows suffice to tell what stands, at least one a unit,
- may name in `meta` as `part` a column whose values each belong to one unit. Then `one_row` holds of
  a row of each part, and the others need not tell their unit.

The content is made by `content_of_unit`, so that other rules make other content: all is replaced.
-#}

{#- Text that changes with any row of a unit, and with any rule, in whatever order they come. -#}
{% macro content_of_unit(columns) -%}
    {{ content_of(columns) }} || '|{{ var("rules") }}'
{%- endmacro %}

{% macro is_changed_unit(unit) -%}
    {%- if not (execute and is_incremental()) -%}
    true
    {%- else -%}
    not exists (
        select 1 from {{ this }} as standing
        where
            standing.unit_id = {{ unit }}.unit_id
            and standing.content = {{ unit }}.content
            and {{ config.get('meta').get('one_row', 'true') }}
    )
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_replace_units_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set meta = config.get('meta') -%}
    {%- set part = meta.get('part', 'unit_id') -%}
    delete from {{ target }}
    where {{ part }} in (
        select standing.{{ part }}
        from {{ target }} as standing
        left join {{ ref(meta['replace_from']) }} as current_units
            on
                standing.unit_id = current_units.unit_id
                and standing.content = current_units.content
        where
            current_units.unit_id is null
            and {{ meta.get('one_row', 'true') }}
    );

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
