{#-
Relation with one row a source and key: the latest version valid before the as-of, by the source's own
updated-at, else by the landing interval. A key whose versions are all later (a first load knows
only the latest) keeps its earliest one. A key whose version says that it is deleted is gone. Used as
`from {{ latest_version(source('hubspot', 'contacts'), ['id'], 'updated_at') }} as contacts`.
-#}
{% macro latest_version(relation, key, version_by=none) -%}
    {%- set instant = 'coalesce(' ~ version_by ~ ', _interval_end)' if version_by
        else '_interval_end' -%}
    {%- if version_by -%}
        {%- set is_valid -%}
            case
                when {{ version_by }} is not null then {{ version_by }} < {{ as_of() }}
                else _interval_end <= {{ as_of() }}
            end
        {%- endset -%}
    {%- else -%}
        {%- set is_valid = '_interval_end <= ' ~ as_of() -%}
    {%- endif -%}
    (
        select *
        from (
            select
                *,
                row_number() over (
                    partition by _source, {{ key | join(', ') }}
                    order by
                        case when _is_valid then 0 else 1 end,
                        case when _is_valid then _version_at end desc nulls last,
                        case when not _is_valid then _version_at end asc nulls last,
                        case when _is_valid then _interval_end end desc nulls last,
                        case when not _is_valid then _interval_end end asc nulls last,
                        case when _is_valid then _row_number end desc nulls last,
                        _row_number asc
                ) as _version_rank
            from (
                select *, {{ instant }} as _version_at, {{ is_valid }} as _is_valid
                from {{ relation }}
            ) as dated
        ) as versions
        where _version_rank = 1 and not coalesce(_is_deleted, false)
    )
{%- endmacro %}

{#-
Relation with the rows of each source's latest delivery before the as-of, for an entity without key
that is delivered whole. Where all deliveries are later (a first load knows only the latest), those
of the earliest. Used as `from {{ latest_delivery(source('erp', 'rates')) }} as deliveries`.
-#}
{% macro latest_delivery(relation) -%}
    {%- set is_valid = '_interval_end <= ' ~ as_of() -%}
    (
        select *
        from (
            select
                *,
                rank() over (
                    partition by _source
                    order by
                        case when {{ is_valid }} then 0 else 1 end,
                        case when {{ is_valid }} then _interval_end end desc nulls last,
                        case when {{ is_valid }} then _interval_start end desc nulls last,
                        _interval_end asc,
                        _interval_start asc
                ) as _delivery_rank
            from {{ relation }}
        ) as ranked
        where _delivery_rank = 1
    )
{%- endmacro %}
