{#-
Select of one row a record that was merged into another: its id and the survivor's, as the
survivor's latest version before the as-of says. `ids` is a list of ids parted by semicolons, each
perhaps with a colon and the time of the merge behind it.
-#}
{% macro hubspot_merges(entity, version_by, ids) %}
with

survivors as (
    select * from {{ latest_version(source('hubspot', entity), ['id'], version_by) }} as latest
),

parts as (
    select
        id,
        {{ version_by }},
        unnest(string_to_array({{ ids }}, ';')) as part
    from survivors
),

merged as (
    select
        {{ clean_text("split_part(part, ':', 1)") }} as merged_id,
        id as surviving_id,
        {{ version_by }}
    from parts
),

ranked as (
    select
        merged.*,
        row_number() over (
            partition by merged_id
            order by {{ version_by }} desc nulls last, {{ by_bytes('surviving_id') }} asc
        ) as newest_rank
    from merged
    where merged_id <> surviving_id
)

select
    '{{ var("hubspot_source") }}' as source_system,
    merged_id,
    surviving_id
from ranked
where newest_rank = 1
{% endmacro %}
