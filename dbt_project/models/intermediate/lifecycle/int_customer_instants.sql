{{ config(materialized='view') }}

{%- set threshold_days = {
    'last_order_date': ['decline_after_days', 'churn_after_days'],
    'reactivated_on': [var('reactivation_days') + 1],
    'first_order_date': [var('new_days') + 1],
} %}

with spans as (
    select * from {{ ref('int_customer_spans') }}
),

month_ends as (
    select * from {{ ref('int_lifecycle_month_ends') }}
),

boundaries as (
    select spans.*, 'change' as instant_kind, first_boundary as facts_before
    from spans
    {%- for date_column, days in threshold_days.items() %}
    {%- for number in days %}
    union all
    select spans.*, 'change' as instant_kind, {{ add_days(date_column, number) }} as facts_before
    from spans
    where {{ add_days(date_column, number) }} between first_boundary and last_boundary
    {%- endfor %}
    {%- endfor %}
    union all
    select spans.*, 'month_end' as instant_kind, month_ends.month_end as facts_before
    from spans
    inner join month_ends
        on
            spans.first_boundary <= month_ends.month_end
            and spans.last_boundary >= month_ends.month_end
    union all
    select spans.*, 'as_of' as instant_kind, {{ as_of_boundary() }} as facts_before
    from spans
    where last_boundary = {{ as_of_boundary() }}
),

-- Within a day the as-of's boundary lies ahead; ages are those of the day itself.
instants as (
    select
        boundaries.*,
        least(facts_before, {{ as_of_date() }}) as evaluated_on
    from boundaries
)

select * from instants
