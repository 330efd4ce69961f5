with instants as (
    select * from {{ ref('int_prospect_instants') }}
),

spans as (
    select * from {{ ref('int_prospect_spans') }}
),

measured as (
    select
        instants.customer_id,
        instants.facts_before,
        instants.evaluated_on,
        spans.known_on,
        spans.open_offers,
        {{ days_between('spans.intent_on', 'instants.evaluated_on') }} as intent_days,
        {{ days_between('spans.considered_on', 'instants.evaluated_on') }} as considered_days,
        {{ days_between('spans.touched_on', 'instants.evaluated_on') }} as touched_days,
        case spans.considered_on
            when spans.intent_on then 'cart, checkout or quote request'
            when spans.offer_closed_on then 'deal or quote closed'
            when spans.form_on then 'form sent'
            when spans.answered_on then 'outreach answered'
            when spans.product_view_on then 'product viewed'
        end as considered_what
    from instants
    inner join spans
        on
            instants.customer_id = spans.customer_id
            and instants.first_boundary = spans.first_boundary
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
