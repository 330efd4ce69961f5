{#-
Relation with one row a source and key: the latest version valid before the as-of, by the source's own
updated-at, else by the landing interval. A key whose versions are all later (a first load knows
only the latest) keeps its earliest one. A key whose version says that it is deleted is gone. Used as
`from {{ latest_version(source('hubspot', 'contacts'), ['id'], 'updated_at') }} as contacts`.
-#}
{% macro latest_version(relation, key, version_by=none) -%}
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
                {{ dated_versions(relation, version_by) }}
            ) as dated
        ) as versions
        where _version_rank = 1 and not coalesce(_is_deleted, false)
    )
{%- endmacro %}

{#- All versions landed, each with its instant and whether that lies before the as-of. -#}
{% macro dated_versions(relation, version_by) -%}
    select
        *,
        {% if version_by -%}
        coalesce({{ version_by }}, _interval_end) as _version_at,
        case
            when {{ version_by }} is not null then {{ version_by }} < {{ as_of() }}
            else _interval_end <= {{ as_of() }}
        end as _is_valid
        {%- else -%}
        _interval_end as _version_at,
        _interval_end <= {{ as_of() }} as _is_valid
        {%- endif %}
    from {{ relation }}
{%- endmacro %}

{#-
Relation with all versions of each key that are valid before the as-of, each with the instant from
which it holds (`_version_at`): what a record said as of earlier. Of a version that was landed more
than once the last landing counts. Used as
`from {{ all_versions(source('erp', 'products'), ['product_id'], 'updated_at') }} as versions`.
-#}
{% macro all_versions(relation, key, version_by=none) -%}
    (
        select *
        from (
            select
                *,
                row_number() over (
                    partition by _source, {{ key | join(', ') }}, _version_at
                    order by _interval_end desc nulls last, _row_number desc nulls last
                ) as _landing_rank
            from (
                {{ dated_versions(relation, version_by) }}
            ) as dated
            where _is_valid
        ) as landed
        where _landing_rank = 1 and not coalesce(_is_deleted, false)
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
