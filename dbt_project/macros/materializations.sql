{#-
Tables and views on DuckDB in one statement. dbt's own build the new one beside the old one, rename
both and drop the old one, each in a transaction of its own; that guards readers, of whom the
private warehouse has none, and takes longer than most models.

Grants and comments are left out: DuckDB has no roles, and the docs are not kept in the warehouse.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {{ replaceable(relation) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if is_contracted %}{{ get_assert_columns_equivalent(compiled_code) }}{% endif -%}
    {%- call statement('main') -%}
        create or replace table {{ relation }}
        {% if is_contracted -%}
            {{ get_table_columns_and_constraints() }};
            insert into {{ relation }} {{ get_column_names() }}
            ({{ get_select_subquery(compiled_code) }})
        {%- else -%}
            as ({{ compiled_code }})
        {%- endif %}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb', supported_languages=['sql'] -%}
    {%- set relation = this.incorporate(type='view') -%}
    {{ replaceable(relation) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        create or replace view {{ relation }} as ({{ compiled_code }})
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{%- endmaterialization %}

{#- What stood there as another kind of relation, before the model became what it is, is dropped. -#}
{% macro replaceable(relation) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.type != relation.type -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
{%- endmacro %}

{#-
A new table on PostgreSQL has no statistics until its daemon comes by, a minute later at best; until
then whatever reads it is planned for a handful of rows. dbt creates the indexes of a table when it
has filled it, which is the moment to look at it.
-#}
{% macro postgres__create_indexes(relation) -%}
    {{ dbt.default__create_indexes(relation) }}
    {%- call statement('statistics') -%}
        analyze {{ relation }}
    {%- endcall -%}
{%- endmacro %}
