{{ config(materialized='view') }}

with instants as (
    select * from {{ ref('int_prospect_instants') }}
),

measured as (
    select
        customer_id,
        instant_kind,
        facts_before,
        evaluated_on,
        known_on,
        open_offers,
        {{ days_between('intent_on', 'evaluated_on') }} as intent_days,
        {{ days_between('considered_on', 'evaluated_on') }} as considered_days,
        {{ days_between('touched_on', 'evaluated_on') }} as touched_days,
        case considered_on
            when intent_on then 'cart, checkout or quote request'
            when offer_closed_on then 'deal or quote closed'
            when form_on then 'form sent'
            when answered_on then 'outreach answered'
            when product_view_on then 'product viewed'
        end as considered_what
    from instants
),

-- Rules 7 to 11 of docs/numbers.md; the first that matches wins.
staged as (
    select
        measured.*,
        case
            when open_offers > 0 or intent_days <= {{ var('intent_days') }} then 'intending'
            when considered_days <= {{ var('consideration_days') }} then 'considering'
            when touched_days <= {{ var('awareness_days') }} then 'aware'
            when touched_days is not null then 'lapsed_prospect'
            else 'untouched'
        end as stage
    from measured
),

explained as (
    select
        staged.*,
        {{ prospect_stage_reason() }} as stage_reason
    from staged
)

select * from explained
