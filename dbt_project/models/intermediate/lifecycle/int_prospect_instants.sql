{{ config(materialized='view') }}

{%- set expiries = {
    'intent_on': var('intent_days') + 1,
    'considered_on': var('consideration_days') + 1,
    'touched_on': var('awareness_days') + 1,
} %}

with spans as (
    select * from {{ ref('int_prospect_spans') }}
),

month_ends as (
    select * from {{ ref('int_lifecycle_month_ends') }}
),

boundaries as (
    select spans.*, 'change' as instant_kind, first_boundary as facts_before
    from spans
    {%- for date_column, days in expiries.items() %}
    union all
    select spans.*, 'change' as instant_kind, {{ add_days(date_column, days) }} as facts_before
    from spans
    where {{ add_days(date_column, days) }} between first_boundary and last_boundary
    {%- endfor %}
    union all
    -- Devices leave the monthly history once lapsed; known people and accounts stay.
    select spans.*, 'month_end' as instant_kind, month_ends.month_end as facts_before
    from spans
    inner join month_ends
        on
            spans.first_boundary <= month_ends.month_end
            and spans.last_boundary >= month_ends.month_end
    where
        spans.profile_kind <> 'device'
        or month_ends.month_end <= {{ add_days('spans.touched_on', var('awareness_days')) }}
    union all
    select spans.*, 'as_of' as instant_kind, {{ as_of_boundary() }} as facts_before
    from spans
    where last_boundary = {{ as_of_boundary() }}
),

instants as (
    select
        boundaries.*,
        least(facts_before, {{ as_of_date() }}) as evaluated_on
    from boundaries
)

select * from instants
