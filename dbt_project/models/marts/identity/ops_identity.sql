{%- set rules = [
    'hand', 'cross_reference', 'login', 'national_id', 'tax_id', 'email', 'phone', 'workplace', 'model',
] -%}

with

builds as (
    select build_id, as_of from {{ ref('stg_rapport__publication') }}
),

models as (
    select * from {{ ref('stg_rapport__identity_model') }}
),

links as (
    select
        {%- for rule in rules %}
        count(*) filter (where rule = '{{ rule }}' and not is_cut) as links_{{ rule }},
        {%- endfor %}
        count(*) filter (where is_cut) as links_cut
    from {{ ref('stg_rapport__identity_links') }}
),

shared as (
    select count(*) as shared_keys from {{ ref('ops_shared_keys') }}
),

review as (
    select count(*) as review_pairs from {{ ref('ops_identity_review') }}
),

resolved as (
    select count(*) as records, count(distinct customer_id) as people
    from {{ ref('stg_rapport__record_customers') }}
),

changes as (
    select count(changed.change_no) as changes
    from builds
    left join {{ ref('stg_rapport__identity_changes') }} as changed on builds.as_of = changed.as_of
)

select
    builds.build_id,
    builds.as_of,
    resolved.records,
    resolved.people,
    changes.changes,
    models.model_id,
    models.trained_as_of,
    models.records as trained_records,
    models.trained_because,
    models.threshold,
    models.stricter as stricter_threshold,
    models.looser as looser_threshold,
    models.optimises,
    models.blocking,
    models.no_model_because,
    {%- for rule in rules %}
    links.links_{{ rule }},
    {%- endfor %}
    links.links_cut,
    shared.shared_keys,
    review.review_pairs
from builds
cross join links
cross join shared
cross join review
cross join resolved
cross join changes
left join models on true
