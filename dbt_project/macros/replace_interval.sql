{#-
Incremental strategy `replace_interval`: delete explicit bounds, insert what the model selects
for them. Unlike delete+insert it also empties an interval that has no rows any more; unlike
microbatch it needs no key. A model that uses it

- has the columns `_source`, `_interval_start`, `_interval_end` and `_load_key`,
- names the relation it reads in `config(meta={'replace_from': ...})`,
- filters that relation with `in_replaced_interval()`.

The bounds are the landing intervals in which the loads of the two relations differ, so a late,
repeated, corrected or withdrawn delivery is replaced and nothing else is touched.
-#}

{#- Identity of a load as seen by the model: new data, or new code of the model, is another one. -#}
{% macro load_key() -%}
    _load_id || '|{{ local_md5(model.raw_code) }}'
{%- endmacro %}

{#- First and last start of the changed intervals as text; empty when nothing changed. -#}
{% macro replaced_interval(source_relation, target_relation) %}
    {%- set query -%}
        with landed as (
            select distinct _source, _interval_start, _interval_end, {{ load_key() }} as _load_key
            from {{ source_relation }}
        ),

        built as (
            select distinct _source, _interval_start, _interval_end, _load_key
            from {{ target_relation }}
        ),

        changed as (
            (select * from landed except select * from built)
            union all
            (select * from built except select * from landed)
        )

        select
            cast(min(_interval_start) as text) as replace_from,
            cast(max(_interval_start) as text) as replace_to
        from changed
    {%- endset -%}
    {%- set row = run_query(query).rows[0] -%}
    {{ return([row[0], row[1]] if row[0] else []) }}
{% endmacro %}

{% macro in_replaced_interval(source_relation) -%}
    {%- if not (execute and is_incremental()) -%}
    true
    {%- else -%}
        {%- set bounds = replaced_interval(source_relation, this) -%}
        {%- if bounds -%}
    _interval_start >= cast('{{ bounds[0] }}' as timestamp)
        and _interval_start <= cast('{{ bounds[1] }}' as timestamp)
        {%- else -%}
    false
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_replace_interval_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set landed = ref(config.get('meta')['replace_from']) -%}
    {%- set bounds = replaced_interval(landed, target) -%}
    {%- if bounds %}
    delete from {{ target }}
    where
        _interval_start >= cast('{{ bounds[0] }}' as timestamp)
        and _interval_start <= cast('{{ bounds[1] }}' as timestamp);
    {%- endif %}

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
